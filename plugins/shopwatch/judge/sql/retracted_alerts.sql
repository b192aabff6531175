/*
grain: one row per alert of the store without an episode whose history does not end in a retraction
note: >
  It was based on numbers that have been corrected: was is the number before, measured, verdict and reason are those of
  its last period now, gone if nothing judges it any more. event_key and number are those of the retraction, as in
  new_events.sql. Alerts of rules that could not be judged ($held) are left out.
*/
with known as (
    select * from store_alerts
),

states as (
    select key from alert_states
),

verdicts as (
    select * from ops.verdicts
),

histories as (
    select * from last_events
),

known_events as (
    select * from store_events
),

retracted as (
    select
        known.*,
        coalesce(histories.last_number, 0) as last_number
    from known
    anti join states using (key)
    left join histories on known.key = histories.alert_key
    where
        (known.state != 'retracted' or histories.event != 'retracted')
        and not list_contains(cast($held as varchar[]), known.rule)
),

counted as (
    select alert_key, period, count(*) as times
    from known_events
    where event = 'retracted'
    group by alert_key, period
)

select
    retracted.key,
    retracted.rule,
    retracted.shop,
    retracted.rule_hash,
    retracted.since,
    retracted.last_period,
    retracted.measured as was,
    verdicts.measured,
    coalesce(verdicts.verdict, 'gone') as verdict,
    verdicts.reason,
    left(sha256(concat_ws('|', retracted.key, 'retracted', cast(retracted.since as varchar), counted.times)), 16)
        as event_key,
    cast(retracted.last_number + 1 as integer) as number
from retracted
left join verdicts
    on
        retracted.rule = verdicts.rule
        and retracted.shop = verdicts.shop
        and retracted.entity_type = verdicts.entity_type
        and retracted.entity = verdicts.entity
        and retracted.last_period = verdicts.period_start
left join counted on retracted.key = counted.alert_key and retracted.since = counted.period
order by retracted.key
