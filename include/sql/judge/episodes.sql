/*
grain: one row an alert: a rule, shop and entity from the period in which it fired to the one that cleared it
note: severity is the worst one it had; the numbers are those of its last period with data
*/
with verdicts as (
    select * from ops.verdicts
),

period_coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
),

followed as (
    select
        *,
        lead(firing_since) over one_history as next_since,
        lead(period_start) over one_history as next_period
    from verdicts
    window one_history as (partition by rule, shop, entity_type, entity order by period_start)
),

open_periods as (
    select
        followed.*,
        if(followed.next_since is distinct from followed.firing_since, followed.next_period, null) as resolved_at,
        period_coverage.load_ids
    from followed
    left join period_coverage using (shop, covered_by, grain, period_start)
    where followed.firing_since is not null
)

select
    rule,
    shop,
    entity_type,
    entity,
    firing_since as since,
    max(resolved_at) as resolved_at,
    max(period_start) as last_period,
    if(bool_or(severity = 'critical' and verdict = 'breach'), 'critical', any_value(severity order by period_start))
        as severity,
    max_by(value, period_start) filter (where value is not null) as value,
    max_by(measured, period_start) filter (where measured is not null) as measured,
    max_by(numerator, period_start) filter (where value is not null) as numerator,
    max_by(denominator, period_start) filter (where value is not null) as denominator,
    max_by(at_stake, period_start) filter (where at_stake is not null) as at_stake,
    any_value(currency order by period_start) as currency,
    max_by(threshold, period_start) as threshold,
    any_value(metric) as metric,
    any_value(grain) as grain,
    any_value(inhibited_by) filter (where period_start = last_open) as inhibited_by,
    coalesce(max_by(load_ids, period_start), []) as load_ids,
    any_value(rule_hash) as rule_hash,
    any_value(model_hash order by period_start) as model_hash
from (
    select *, max(period_start) over (partition by rule, shop, entity_type, entity, firing_since) as last_open
    from open_periods
)
group by rule, shop, entity_type, entity, firing_since
