/*
grain: one row per alert: a rule, shop and entity from the period in which it fired to the one that cleared it
note: >
  severity is the worst it reached. All numbers are those of judged_period, the last judged period while the alert was
  open; NULL if there was none. unjudged lists the open periods after it. An entity has a verdict in every closed period
  from its first on, so the period after the last open one cleared the alert.
*/
with verdicts as (
    select * from judged_open
),

missing_periods as (
    select * from ops.missing_periods
),

period_coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
),

closed as (
    select * from judged_closed
),

open_periods as (
    select
        *,
        max(period_start) over one_alert as last_period,
        max(if(reason is null, period_start, null)) over one_alert as judged_period
    from verdicts
    window one_alert as (partition by rule, shop, entity_type, entity, firing_since)
),

described as (
    select
        open_periods.*,
        if(
            open_periods.last_period < closed.last_period,
            cast(open_periods.last_period + period_length(open_periods.grain) as date),
            null
        ) as resolved_at,
        open_periods.period_start is not distinct from open_periods.judged_period as is_shown,
        open_periods.reason is not null
        and open_periods.period_start > coalesce(open_periods.judged_period, date '-infinity') as is_unjudged,
        coalesce(missing_periods.missing_days, []) as missing_days,
        coalesce(missing_periods.missing_exports, []) as missing_exports,
        coalesce(missing_periods.short_days, []) as short_days,
        coalesce(missing_periods.short_exports, []) as short_exports,
        period_coverage.load_ids
    from open_periods
    inner join closed using (grain)
    left join missing_periods using (shop, covered_by, grain, period_start)
    left join period_coverage using (shop, covered_by, grain, period_start)
)

select
    rule,
    shop,
    entity_type,
    entity,
    firing_since as since,
    max(resolved_at) as resolved_at,
    any_value(last_period) as last_period,
    any_value(judged_period) as judged_period,
    any_value(verdict) filter (where is_shown) as judged_verdict,
    if(bool_or(severity = 'critical' and verdict = 'breach'), 'critical', any_value(severity order by period_start))
        as severity,
    any_value(value) filter (where is_shown) as value,
    any_value(measured) filter (where is_shown) as measured,
    any_value(numerator) filter (where is_shown) as numerator,
    any_value(denominator) filter (where is_shown) as denominator,
    any_value(at_stake) filter (where is_shown) as at_stake,
    any_value(currency order by period_start) as currency,
    max_by(threshold, (is_shown, period_start)) as threshold,
    max_by(threshold_high, (is_shown, period_start)) as threshold_high,
    any_value(metric) as metric,
    any_value(grain) as grain,
    any_value(inhibited_by) filter (where period_start = last_period) as inhibited_by,
    coalesce(max_by(load_ids, (is_shown, period_start)), []) as load_ids,
    coalesce(
        list(
            struct_pack(
                period_start := period_start,
                verdict := verdict,
                reason := reason,
                missing_days := missing_days,
                missing_exports := missing_exports,
                short_days := short_days,
                short_exports := short_exports
            )
            order by period_start
        ) filter (where is_unjudged),
        []
    ) as unjudged,
    any_value(rule_hash) as rule_hash,
    any_value(model_hash order by period_start) as model_hash
from described
group by rule, shop, entity_type, entity, firing_since
