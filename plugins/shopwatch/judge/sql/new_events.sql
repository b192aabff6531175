/*
grain: one row per event of an alert that the store does not have yet; retractions are apart (retracted_alerts.sql)
note: an alert is reopened if a correction undoes its end or its retraction, and may end again in the same period
*/
with states as (
    select * from alert_states
),

known as (
    select * from store_events
),

events as (
    select key as alert_key, 'firing' as event, since as period, false as is_again from states
    union all
    select key as alert_key, 'critical' as event, since as period, false as is_again from states
    where severity = 'critical'
    union all
    select
        key as alert_key,
        'resolved' as event,
        resolved_at as period,
        known_state in ('firing', 'retracted') as is_again
    from states
    where state = 'resolved'
    union all
    select key as alert_key, 'reopened' as event, last_period as period, true as is_again from states
    where state = 'firing' and known_state in ('resolved', 'retracted')
),

keyed as (
    select
        left(sha256(concat_ws('|', alert_key, event, cast(period as varchar))), 16) as key,
        left(sha256(concat_ws('|', alert_key, event, cast(period as varchar), cast($night as varchar))), 16) as next_key,
        *
    from events
),

-- The same step again, in the same period: a later night's.
repeated as (
    select keyed.next_key as key, keyed.alert_key, keyed.event, keyed.period
    from keyed
    inner join known on keyed.key = known.key
    where keyed.is_again
)

select key, alert_key, event, period
from keyed
anti join known using (key)
union all
select repeated.*
from repeated
anti join known using (key)
order by key
