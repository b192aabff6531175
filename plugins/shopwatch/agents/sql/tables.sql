/*
grain: one row per published table
*/
with described as (
    select * from meta.columns
    where table_schema != '_internal'
)

select
    table_schema || '.' || table_name as name,
    any_value(table_grain) as grain
from described
group by all
order by name
