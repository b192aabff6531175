/*
grain: one row, the first day of the periods of kpi.period_coverage to build; missing where nothing changed
note: Of the days that changed and those that are incomplete now and were not, or were, the first; its week and month are built.
*/
with moved as (
    (from incomplete_days except from known_incomplete_days)
    union all
    (from known_incomplete_days except from incomplete_days)
),

days as (
    select day from moved
    union all
    select day from changed_days
),

first as (
    select min(day) as day from days
)

select cast(least(date_trunc('week', day), date_trunc('month', day)) as date) as first_day
from first
