/*
grain: one row per table of an attached part, with the part's number, and per table of the gathered warehouse, without
*/
with columns as (
    select
        *,
        if(starts_with(database_name, 'part_'), cast(replace(database_name, 'part_', '') as integer), null) as part_number
    from duckdb_columns()
    where not internal and (starts_with(database_name, 'part_') or database_name = current_database())
)

select
    part_number,
    schema_name || '.' || table_name as table_name,
    map_from_entries(list((column_name, data_type) order by column_name)) as data_types
from columns
group by part_number, schema_name, table_name
order by part_number, schema_name, table_name
