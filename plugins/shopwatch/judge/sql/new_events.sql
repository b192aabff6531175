/*
grain: one row per event of an alert that the store does not have yet; retractions are apart (retracted_alerts.sql)
note: an alert is reopened if a correction undoes its end or its retraction
*/
with states as (
    select * from alert_states
),

known as (
    select * from store_events
),

events as (
    select key as alert_key, 'firing' as event, since as period from states
    union all
    select key as alert_key, 'critical' as event, since as period from states
    where severity = 'critical'
    union all
    select key as alert_key, 'resolved' as event, resolved_at as period from states
    where state = 'resolved'
    union all
    select key as alert_key, 'reopened' as event, last_period as period from states
    where state = 'firing' and known_state in ('resolved', 'retracted')
),

keyed as (
    select
        left(sha256(concat_ws('|', alert_key, event, cast(period as varchar))), 16) as key,
        *
    from events
)

select key, alert_key, event, period
from keyed
anti join known using (key)
order by key
