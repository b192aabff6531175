/*
grain: one row per alert that has a history: the last event that opened or ended it
note: last_number is the number of its newest event of any kind
*/
with events as (
    select * from store_events
)

select
    alert_key,
    max_by(event, number) filter (where event != 'critical') as event,
    max_by(period, number) filter (where event != 'critical') as period,
    bool_or(event = 'critical') as was_critical,
    max(number) as last_number
from events
group by alert_key
