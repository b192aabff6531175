/*
grain: one row per rule, shop, entity and closed period up to the night, from the entity's first period on
note: >
  A view: all of it is counted (counted.sql), and kept for entities that a rule ever caught (examined.sql).
  verdict: ok, breach, no_data (the export is present but contains nothing to judge) or blocked (an export of the
  period is missing, or the entity in one, as a product's cost); reason explains it (over: ok, since nothing is left to
  be judged). measured is the value that the rule compared, NULL if none; it breaches if it meets the rule's comparison
  with threshold and threshold_high.
  counts_against: it can raise an alert.
*/
with rules as (
    select * from judged_rules
),

windows as (
    select *, row_number() over () as place from judged_windows
),

periods as (
    select * from judged_periods
),

kpi as not materialized (
    select * from judged_compared
),

missing as (
    select * from ops.missing_periods
),

targets as (
    select * from staging.stg_targets
),

things as (
    select * from marts.dim_entity
),

-- In a period that touches several windows the strictest word counts: not judged, else the first declared. A change
-- from a period that is not judged is not judged either.
limits as (
    select
        windows.rule,
        known_periods.shop,
        known_periods.period_start,
        bool_and(windows.is_judged) as is_judged,
        first(windows.low order by windows.place) as low,
        first(windows.high order by windows.place) as high
    from windows
    inner join rules using (rule)
    inner join (select distinct shop, grain, period_start from periods) as known_periods
        on
            rules.grain = known_periods.grain
            and not list_contains(windows.elsewhere, known_periods.shop)
            and known_periods.period_start
            - if(rules.measure = 'change' and not windows.is_judged, period_length(rules.grain), interval 0 day)
            <= windows.last_day
            and period_end(rules.grain, known_periods.period_start) >= windows.first_day
    group by windows.rule, known_periods.shop, known_periods.period_start
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

-- As lists: sums of a sliding window differ in the last digit with the rows around it.
bands as (
    select
        rules.rule,
        kpi.shop,
        kpi.entity,
        kpi.period_start,
        list(kpi.value) over before as earlier_values
    from kpi
    inner join rules using (metric, grain, entity_type)
    where rules.measure = 'deviations'
    window before as (
        partition by rules.rule, kpi.shop, kpi.entity order by kpi.period_start
        range between 8 * period_length(rules.grain) preceding and period_length(rules.grain) preceding
    )
),

-- The usual value of a period, of rules that judge what is unusual.
usuals as (
    select * from judged_unusual
),

set_aside as (
    select * from judged_set_aside
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
        rules.rule,
        rules.comparison,
        rules.critical,
        rules.severity,
        rules.measure,
        rules.on_missing,
        rules.entity_input,
        rules.gap,
        periods.*,
        coalesce(limits.low, rules.low) as low,
        coalesce(limits.high, rules.high) as high,
        case
            when not limits.is_judged then 'calendar'
            when missing.period_start is not null then 'missing_days'
            when not periods.is_exported then if(rules.on_vanished = 'resolve', 'over', 'not_in_export')
            when periods.value is null and periods.is_unknown and rules.entity_input is not null
                then 'unknown_' || rules.entity_input
            when periods.value is null then 'not_applicable'
            when periods.denominator < rules.guard_denominator then 'too_few'
            when
                rules.guard_age > 0
                and periods.period_start < periods.first_period + rules.guard_age * period_length(rules.grain)
                then 'too_young'
            when rules.measure = 'unusual' and set_aside.shop is not null then 'special_day'
            when rules.measure = 'unusual' and usuals.usual is null then 'no_usual'
            when rules.measure = 'unusual' and usuals.spread = 0 then 'no_spread'
            when rules.measure = 'deviations' and coalesce(list_count(bands.earlier_values), 0) < 6 then 'short_history'
            when len(rules.guard_status) > 0 and of_status.rule is null then 'other_status'
        end as guarded,
        case rules.measure
            when 'value' then periods.value
            when 'share_of_target' then periods.value / nullif(aims.target, 0)
            when 'deviations' then (periods.value - list_avg(bands.earlier_values))
            / nullif(list_stddev_samp(bands.earlier_values), 0)
            when 'unusual' then (periods.value - usuals.usual) / nullif(usuals.spread, 0)
            else change(periods.value, earlier.earlier_value)
        end as measured,
        usuals.usual,
        usuals.spread,
        usuals.usual_periods
    from periods
    inner join rules using (metric, grain, entity_type)
    left join limits using (rule, shop, period_start)
    left join missing using (shop, covered_by, grain, period_start)
    left join earlier using (rule, shop, entity, period_start)
    left join bands using (rule, shop, entity, period_start)
    left join usuals using (rule, shop, entity, period_start)
    left join set_aside using (shop, grain, period_start)
    left join aims using (rule, shop, period_start)
    left join of_status using (rule, shop, entity)
),

reasoned as (
    select
        *,
        case
            when guarded is not null then guarded
            when measured is null then if(measure = 'share_of_target', 'no_target', 'no_comparison')
        end as reason
    from found
),

decided as (
    select
        *,
        case
            when reason is null then if(meets(measured, comparison, low, high), 'breach', 'ok')
            when reason = 'over' then 'ok'
            when on_missing = 'hold' or not coalesce(reason in ('missing_days', 'unknown_' || entity_input), false)
                then 'no_data'
            when on_missing = 'fire' then 'breach'
            else 'blocked'
        end as verdict
    from reasoned
)

select
    rule,
    shop,
    entity_type,
    entity,
    metric,
    covered_by,
    grain,
    period_start,
    verdict,
    reason,
    if(reason is null, measured, null) as measured,
    if(reason is null, usual, null) as usual,
    if(reason is null, spread, null) as spread,
    if(reason is null, usual_periods, null) as usual_periods,
    low as threshold,
    high as threshold_high,
    if(coalesce(reason is null and critical is not null and meets(measured, comparison, critical, high), false), 'critical', severity)
        as severity,
    verdict = 'breach' or (gap = 'count' and verdict != 'ok') as counts_against
from decided
