/*
grain: one row per table of a raw warehouse ($database) with rows of shops, and the column that names the shop, or the load
*/
with columns as (
    select * from duckdb_columns()
    where database_name = $database and not internal
)

select
    schema_name || '.' || table_name as table_name,
    if(bool_or(column_name = 'shop'), 'shop', 'load_id') as key_column
from columns
group by schema_name, table_name
having bool_or(column_name in ('shop', 'load_id'))
order by table_name
