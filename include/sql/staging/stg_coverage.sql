/*
grain: one row per input table, source, shop, day and load that gives the day rows
*/
with coverage as (
    select * from raw.coverage
)

select
    table_name as input,
    source,
    shop,
    day,
    load_id,
    row_count
from coverage
