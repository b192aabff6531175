/*
grain: one row per episode, as an alert of the store
note: known_severity is the one that the store has for it, NULL if the alert is new
*/
with episodes as (
    select * from ops.episodes
),

known as (
    select key, severity from store_alerts
),

keyed as (
    select
        left(
            sha256(concat_ws('|', rule, shop, entity_type, entity, cast(since as varchar))),
            16
        ) as key,
        *
    from episodes
)

select
    keyed.key,
    keyed.rule,
    keyed.shop,
    keyed.entity_type,
    keyed.entity,
    keyed.metric,
    keyed.grain,
    keyed.since,
    keyed.resolved_at,
    keyed.last_period,
    if(keyed.resolved_at is null, 'firing', 'resolved') as state,
    keyed.severity,
    keyed.value,
    keyed.measured,
    keyed.threshold,
    keyed.numerator,
    keyed.denominator,
    keyed.at_stake,
    keyed.currency,
    keyed.inhibited_by,
    keyed.rule_hash,
    keyed.model_hash,
    known.severity as known_severity
from keyed
left join known using (key)
