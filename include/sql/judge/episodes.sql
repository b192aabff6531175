/*
grain: one row an alert: a rule, shop and entity from the period in which it fired to the one that cleared it
note: severity is the worst one it had; the numbers are those of its last period with data
*/
with verdicts as (
    select * from ops.verdicts
),

followed as (
    select
        *,
        lead(firing_since) over history as next_since,
        lead(period_start) over history as next_period
    from verdicts
    window history as (partition by rule, shop, entity_type, entity order by period_start)
)

select
    rule,
    shop,
    entity_type,
    entity,
    firing_since as since,
    max(if(next_since is distinct from firing_since, next_period, null)) as resolved_at,
    max(period_start) as last_period,
    if(bool_or(severity = 'critical' and verdict = 'breach'), 'critical', 'warning') as severity,
    max_by(value, period_start) filter (where value is not null) as value,
    max_by(numerator, period_start) filter (where value is not null) as numerator,
    max_by(denominator, period_start) filter (where value is not null) as denominator,
    max_by(at_stake, period_start) filter (where at_stake is not null) as at_stake,
    any_value(currency order by period_start) as currency,
    max_by(threshold, period_start) as threshold,
    any_value(metric) as metric,
    any_value(grain) as grain,
    max_by(load_ids, period_start) as load_ids,
    max_by(inhibited_by, period_start) filter (where firing_since is not null) as inhibited_by,
    any_value(rule_hash) as rule_hash,
    any_value(model_hash order by period_start) as model_hash
from followed
where firing_since is not null
group by rule, shop, entity_type, entity, firing_since
