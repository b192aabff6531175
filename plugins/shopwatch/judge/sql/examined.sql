/*
grain: one row per history (histories.sql) and closed period, with its verdict and the numbers behind it
*/
with judged as (
    select * from judged_all
),

histories as (
    select * from judged_histories
),

rules as (
    select rule, rule_hash from judged_rules
),

kpi as (
    select * from judged_compared
),

kept as (
    select histories.history, judged.*
    from judged
    inner join histories using (rule, shop, entity_type, entity)
)

select
    kept.history,
    kept.rule,
    kept.shop,
    kept.entity_type,
    kept.entity,
    kept.metric,
    kept.covered_by,
    kept.grain,
    kept.period_start,
    kept.verdict,
    kept.reason,
    kpi.value,
    kept.measured,
    kept.usual,
    kept.spread,
    kept.usual_periods,
    kpi.numerator,
    kpi.denominator,
    kpi.at_stake,
    kpi.currency,
    kept.threshold,
    kept.threshold_high,
    rules.rule_hash,
    kpi.model_hash,
    kept.severity
from kept
inner join rules using (rule)
left join kpi using (shop, metric, grain, entity_type, entity, period_start)
