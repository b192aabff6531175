/*
grain: one row an alert: a rule, shop and entity from the period in which it fired to the one that cleared it
note: severity is the worst one it had; the numbers are those of its last period with data
*/
with judged as (
    select rowid as judged_id, * exclude (streak, state, firing_since, inhibited_by) from ops.verdicts
),

followed as (
    select
        judged_id,
        firing_since,
        lead(firing_since) over history as next_since,
        lead(period_start) over history as next_period
    from followed_periods
    window history as (partition by rule, shop, entity_type, entity order by period_start)
),

explained as (
    select * from explained_periods
),

period_coverage as (
    select * from kpi.period_coverage
),

open_periods as (
    select
        judged.*,
        followed.firing_since,
        if(followed.next_since is distinct from followed.firing_since, followed.next_period, null) as resolved_at,
        explained.inhibited_by as explained_by,
        period_coverage.load_ids
    from followed
    inner join judged using (judged_id)
    left join explained using (judged_id)
    left join period_coverage using (shop, metric, grain, period_start)
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
    any_value(explained_by) filter (where period_start = last_open) as inhibited_by,
    coalesce(max_by(load_ids, period_start), []) as load_ids,
    any_value(rule_hash) as rule_hash,
    any_value(model_hash order by period_start) as model_hash
from (
    select *, max(period_start) over (partition by rule, shop, entity_type, entity, firing_since) as last_open
    from open_periods
)
group by rule, shop, entity_type, entity, firing_since
