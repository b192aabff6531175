/*
grain: one row per table of an attached part, with the part's number
*/
with columns as (
    select * from duckdb_columns()
    where starts_with(database_name, 'part_') and not internal
)

select
    cast(replace(database_name, 'part_', '') as integer) as part_number,
    schema_name || '.' || table_name as table_name,
    bool_or(column_name = 'shop') as has_shop
from columns
group by database_name, schema_name, table_name
order by part_number, schema_name, table_name
