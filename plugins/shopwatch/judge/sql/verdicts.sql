/*
grain: one row per rule, shop, entity and closed period of the entities that ever counted against the rule
*/
with examined as (
    select * from judged_examined
),

followed as (
    select * from judged_followed
),

explained as (
    select * from judged_explained
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
    explained.inhibited_by,
    examined.covered_by,
    followed.clear_streak
from examined
inner join followed using (history, period_start)
left join explained using (history, period_start)
