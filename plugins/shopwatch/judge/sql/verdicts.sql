/*
grain: one row per rule, shop, entity and closed period of the part's entities that ever counted against the rule
note: inhibited_by is brought up to date when all alerts are known.
*/
with examined as (
    select * from judged_examined
),

followed as (
    select * from judged_followed
)

select
    examined.rule,
    examined.shop,
    examined.entity_type,
    examined.entity,
    examined.metric,
    examined.grain,
    examined.period_start,
    examined.verdict,
    examined.reason,
    examined.value,
    examined.measured,
    examined.usual,
    examined.spread,
    examined.usual_periods,
    examined.numerator,
    examined.denominator,
    examined.at_stake,
    examined.currency,
    examined.threshold,
    examined.threshold_high,
    examined.rule_hash,
    examined.model_hash,
    examined.severity,
    followed.streak,
    followed.state,
    followed.firing_since,
    cast(null as varchar) as inhibited_by,
    examined.covered_by,
    followed.clear_streak
from examined
inner join followed using (history, period_start)
