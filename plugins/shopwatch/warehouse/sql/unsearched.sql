/*
grain: >
  one row per model: whether none of its rows changed since the last search for personal data, the first day of those that
  did (missing: any), and the column that has their day
*/
with models as (
    select schema_name || '.' || table_name as table_name, list(column_name) as columns
    from duckdb_columns()
    where database_name = current_database() and schema_name in ('staging', 'intermediate', 'marts', 'kpi')
    group by all
),

unsearched as (
    select
        table_name,
        if(count(first_day) = count(*), min(first_day), null) as first_day
    from meta.unsearched
    group by table_name
)

select
    models.table_name,
    unsearched.table_name is null as is_searched,
    case
        when list_contains(models.columns, 'day') then unsearched.first_day
        else cast(date_trunc('month', unsearched.first_day) - interval 6 day as date)
    end as first_day,
    list_filter(
        ['day', 'week_start', 'period_start'], lambda name: list_contains(models.columns, name)
    )[1] as day_column
from models
left join unsearched using (table_name)
