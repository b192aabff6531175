/*
grain: one row per table of an attached database, with the names of its columns
*/
with table_columns as (
    select * from duckdb_columns()
    where database_name = $database and not internal
)

select
    schema_name,
    table_name,
    list(column_name) as columns
from table_columns
group by schema_name, table_name
order by schema_name, table_name
