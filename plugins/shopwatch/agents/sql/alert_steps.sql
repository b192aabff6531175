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
)

select
    events.night as day,
    events.event as step,
    cast(events.detail as varchar) as detail
from events
union all
select
    cast(decisions."at" as date),
    decisions.kind,
    concat_ws(' – ', decisions.reason, decisions.plan)
from decisions
order by day, step
