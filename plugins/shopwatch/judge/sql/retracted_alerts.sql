/*
grain: one row per alert of the store without an episode that was not retracted before
note: >
  It was based on numbers that have been corrected: was is the number before, measured, verdict and reason are those of
  its last period now, gone if nothing judges it any more. was_retracted: it was before, and fired again since.
  Alerts of rules that could not be judged ($held) are left out.
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

known_events as (
    select * from store_events
),

retracted as (
    select * from known
    anti join states using (key)
    where state != 'retracted' and not list_contains(cast($held as varchar[]), rule)
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
    first_retractions.key is not null as was_retracted
from retracted
left join verdicts
    on
        retracted.rule = verdicts.rule
        and retracted.shop = verdicts.shop
        and retracted.entity_type = verdicts.entity_type
        and retracted.entity = verdicts.entity
        and retracted.last_period = verdicts.period_start
left join known_events as first_retractions
    on first_retractions.key = left(
        sha256(concat_ws('|', retracted.key, 'retracted', cast(retracted.since as varchar))), 16
    )
order by retracted.key
