/*
grain: one row per table of the warehouse that has rows, with its columns of text; ids, hashes and what is declared are none
note: Verdicts, the largest table that no build marks, hold only codes and declared names beside the entity.
*/
with columns as (
    select
        schema_name,
        table_name,
        column_name,
        data_type
    from duckdb_columns()
    where database_name = current_database() and not internal
),

tables as (
    select
        schema_name,
        table_name
    from duckdb_tables()
    where database_name = current_database() and not internal and estimated_size > 0
)

select
    columns.schema_name,
    columns.table_name,
    list(columns.column_name order by columns.column_name) as column_names
from columns
inner join tables using (schema_name, table_name)
where
    columns.data_type in ('VARCHAR', 'VARCHAR[]', 'JSON')
    and columns.schema_name not in ('meta', 'seed')
    and (columns.schema_name, columns.table_name) != ('ops', 'verdicts')
    and columns.column_name not in ('entity', 'key', 'sku', 'sha256')
    and not regexp_matches(columns.column_name, '(_id|_ids|_key|_hash)$')
group by columns.schema_name, columns.table_name
order by columns.schema_name, columns.table_name
