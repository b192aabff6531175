/*
grain: one row a rule, shop, entity and closed period up to the night, from the entity's first period on
note: >
  Streak, state and what explains an alert are filled in for the few that ever counted against a rule (followed.sql).
  verdict: ok, breach, no_data (the export is there, but says nothing that can be judged) or blocked
  (an export of the period is missing); reason says why. measure is what the rule compares.
*/
with rules as (
    select * from judged_rules
),

windows as (
    select * from judged_windows
),

kpi as (
    select * from kpi.fct_kpi
),

period_coverage as (
    select * from kpi.period_coverage
),

targets as (
    select * from staging.stg_targets
),

things as (
    select * from marts.dim_entity
),

entities as (
    select
        shop,
        metric,
        grain,
        entity_type,
        entity,
        min(period_start) as first_period
    from kpi
    group by shop, metric, grain, entity_type, entity
),

-- The last period of each grain that had closed by the night.
closed as (
    select 'day' as grain, cast($night as date) as last_period
    union all
    select 'week' as grain, cast(date_trunc('week', cast($night as date) + 1) as date) - 7 as last_period
    union all
    select
        'month' as grain,
        cast(date_trunc('month', cast($night as date) + 1) - interval 1 month as date) as last_period
),

spine as (
    select
        rules.*,
        entities.shop,
        entities.entity,
        entities.first_period,
        cast(unnest(generate_series(entities.first_period, closed.last_period, period_length(rules.grain))) as date)
            as period_start
    from rules
    inner join entities using (metric, grain, entity_type)
    inner join closed using (grain)
),

-- In a period that touches several windows the strictest word counts: not judged, else the first declared.
limits as (
    select
        spine_periods.rule,
        spine_periods.period_start,
        bool_and(windows.is_judged) as is_judged,
        first(windows.low order by windows.rowid) as low,
        first(windows.high order by windows.rowid) as high
    from (select distinct rule, grain, period_start from spine) as spine_periods
    inner join (select *, row_number() over () as rowid from windows) as windows
        on
            spine_periods.rule = windows.rule
            and spine_periods.period_start <= windows.last_day
            and period_end(spine_periods.grain, spine_periods.period_start) >= windows.first_day
    group by spine_periods.rule, spine_periods.period_start
),

-- What a rule compares a period with, where that is not the period alone.
earlier as (
    select
        rules.rule,
        kpi.shop,
        kpi.entity,
        cast(case
            when rules.measure = 'change' then kpi.period_start + period_length(rules.grain)
            when rules.grain = 'month' then kpi.period_start + interval 1 year
            else kpi.period_start + interval 364 day
        end as date) as period_start,
        kpi.value as earlier_value
    from kpi
    inner join rules using (metric, grain, entity_type)
    where rules.measure in ('change', 'change_last_year')
),

bands as (
    select
        rules.rule,
        kpi.shop,
        kpi.entity,
        kpi.period_start,
        avg(kpi.value) over before as mean,
        stddev_samp(kpi.value) over before as deviation,
        count(kpi.value) over before as known
    from kpi
    inner join rules using (metric, grain, entity_type)
    where rules.measure = 'deviations'
    window before as (
        partition by rules.rule, kpi.shop, kpi.entity order by kpi.period_start
        rows between 8 preceding and 1 preceding
    )
),

aims as (
    select rules.rule, targets.shop, targets.period_start, targets.target
    from targets
    inner join rules using (metric, grain)
    where rules.measure = 'share_of_target'
),

of_status as (
    select rules.rule, things.shop, things.entity
    from things
    inner join rules using (entity_type)
    where list_contains(rules.guard_status, things.status)
),

found as (
    select
        spine.* exclude (low, high, first_period),
        coalesce(limits.low, spine.low) as low,
        coalesce(limits.high, spine.high) as high,
        coalesce(limits.is_judged, true) as is_judged,
        kpi.value,
        kpi.numerator,
        kpi.denominator,
        kpi.at_stake,
        kpi.currency,
        kpi.model_hash,
        kpi.entity is not null as is_exported,
        coalesce(period_coverage.days_covered, 0) < coalesce(period_coverage.days_expected, 1) as is_missing,
        case spine.measure
            when 'value' then kpi.value
            when 'share_of_target' then kpi.value / nullif(aims.target, 0)
            when 'deviations' then if(bands.known >= 4, (kpi.value - bands.mean) / nullif(bands.deviation, 0), null)
            else change(kpi.value, earlier.earlier_value)
        end as measured,
        spine.guard_age > 0
        and spine.period_start < cast(spine.first_period + spine.guard_age * period_length(spine.grain) as date)
            as is_young,
        len(spine.guard_status) > 0 and of_status.rule is null as is_of_other_status
    from spine
    left join limits using (rule, period_start)
    left join kpi using (shop, metric, grain, entity_type, entity, period_start)
    left join period_coverage using (shop, metric, grain, period_start)
    left join earlier using (rule, shop, entity, period_start)
    left join bands using (rule, shop, entity, period_start)
    left join aims using (rule, shop, period_start)
    left join of_status using (rule, shop, entity)
),

reasoned as (
    select
        *,
        case
            when not is_judged then 'calendar'
            when is_missing then 'missing_days'
            when not is_exported then 'not_in_export'
            when value is null then 'not_applicable'
            when denominator < guard_denominator then 'too_few'
            when is_young then 'too_young'
            when is_of_other_status then 'other_status'
            when measured is null then if(measure = 'share_of_target', 'no_target', 'no_comparison')
        end as reason
    from found
)

select
    rule,
    shop,
    entity_type,
    entity,
    metric,
    grain,
    period_start,
    case
        when reason = 'missing_days'
            then case on_missing when 'block' then 'blocked' when 'fire' then 'breach' else 'no_data' end
        when reason is not null then 'no_data'
        when meets(measured, comparison, low, high) then 'breach'
        else 'ok'
    end as verdict,
    reason,
    value,
    measured,
    numerator,
    denominator,
    at_stake,
    currency,
    low as threshold,
    rule_hash,
    model_hash,
    if(coalesce(reason is null and meets(measured, comparison, critical, high), false), 'critical', severity)
        as severity,
    cast(0 as bigint) as streak,
    'quiet' as state,
    cast(null as date) as firing_since,
    cast(null as varchar) as inhibited_by
from reasoned
