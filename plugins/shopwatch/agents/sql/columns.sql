/*
grain: one row per column of a published table
*/
with described as (
    select * from meta.columns
    where table_schema || '.' || table_name = $table_name
)

select
    column_name,
    data_type,
    description,
    description_zh,
    table_grain,
    table_note
from described
