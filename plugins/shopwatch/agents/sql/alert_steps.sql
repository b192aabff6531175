/*
grain: one row per step in the alert's life or decision about it, in order; people's names are left out
*/
with events as (
    select * from ops.alert_events
    where alert_key = $key
),

decisions as (
    select * from ops.decisions
    where alert_key = $key
),

steps as (
    select
        night as day,
        event as step,
        cast(detail as varchar) as detail,
        number,
        null as "at"
    from events
    union all
    select
        cast("at" as date) as day,
        kind as step,
        concat_ws(' – ', reason, plan) as detail,
        null as number,
        "at"
    from decisions
)

select day, step, detail
from steps
order by day, number nulls last, "at", step
