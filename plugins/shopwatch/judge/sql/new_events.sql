/*
grain: one row per event that the history of an alert lacks, so that it ends in the alert's state; retractions are apart (retracted_alerts.sql)
note: >
  An alert is reopened if a correction undoes its end or its retraction, and may end again in the same period. The key is
  that of alert, event and period, from the second such event on with their count; number continues the alert's history.
*/
with states as (
    select * from alert_states
),

histories as (
    select * from last_events
),

known_events as (
    select * from store_events
),

compared as (
    select
        states.*,
        histories.event as last_event,
        histories.period as last_event_period,
        coalesce(histories.was_critical, false) as was_critical,
        coalesce(histories.last_number, 0) as last_number
    from states
    left join histories on states.key = histories.alert_key
),

events as (
    select key as alert_key, last_number, 1 as step, 'firing' as event, since as period
    from compared
    where last_event is null
    union all
    select key as alert_key, last_number, 2 as step, 'critical' as event, since as period
    from compared
    where severity = 'critical' and not (was_critical and known_severity is not distinct from 'critical')
    union all
    select key as alert_key, last_number, 3 as step, 'reopened' as event, last_period as period
    from compared
    where state = 'firing' and last_event in ('resolved', 'retracted')
    union all
    select key as alert_key, last_number, 4 as step, 'resolved' as event, resolved_at as period
    from compared
    where state = 'resolved' and (last_event, last_event_period) is distinct from ('resolved', resolved_at)
),

counted as (
    select alert_key, event, period, count(*) as times
    from known_events
    group by alert_key, event, period
)

select
    left(sha256(concat_ws('|', alert_key, event, cast(period as varchar), counted.times)), 16) as key,
    alert_key,
    event,
    period,
    cast(events.last_number + row_number() over (partition by alert_key order by events.step) as integer) as number
from events
left join counted using (alert_key, event, period)
order by alert_key, number
