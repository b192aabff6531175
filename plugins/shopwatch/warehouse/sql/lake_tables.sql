/*
grain: one row per column of an attached database, with its comment and that of its table
*/
with tables as (
    select schema_name, table_name, comment
    from duckdb_tables()
    where not internal and database_name = $database
),

columns as (
    select schema_name, table_name, column_name, column_index, data_type, comment
    from duckdb_columns()
    where not internal and database_name = $database
)

select
    columns.schema_name,
    columns.table_name,
    columns.column_name,
    columns.data_type,
    columns.comment as column_comment,
    tables.comment as table_comment
from columns
inner join tables using (schema_name, table_name)
order by columns.schema_name, columns.table_name, columns.column_index
