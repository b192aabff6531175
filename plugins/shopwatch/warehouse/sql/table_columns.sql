-- One row per table of a warehouse: its columns in order, each with its type and its description.
select
    schema_name || '.' || table_name as table_name,
    list(
        {'name': column_name, 'type': lower(data_type), 'description': coalesce(comment, '')}
        order by column_index
    ) as columns
from duckdb_columns()
where database_name = current_database() and not internal
group by all
order by 1
