/*
grain: one row a rule, shop, entity and closed period up to the night, from the entity's first period on
note: >
  verdict: ok, breach, no_data (the export is there, but says nothing that can be judged) or blocked
  (an export of the period is missing). streak counts closed data periods in breach; state is what the
  alert of this rule and entity is at the end of the period.
*/
with rules as (
    select * from judged_rules
),

kpi as (
    select * from kpi.fct_kpi
),

period_coverage as (
    select * from kpi.period_coverage
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
),

spine as (
    select
        rules.*,
        entities.shop,
        entities.entity,
        cast(unnest(generate_series(
            entities.first_period, closed.last_period, if(rules.grain = 'week', interval 7 day, interval 1 day)
        )) as date) as period_start
    from rules
    inner join entities using (metric, grain, entity_type)
    inner join closed using (grain)
),

judged as (
    select
        spine.*,
        kpi.value,
        kpi.numerator,
        kpi.denominator,
        kpi.at_stake,
        kpi.currency,
        kpi.model_hash,
        coalesce(period_coverage.missing_days, [spine.period_start]) as missing_days,
        coalesce(period_coverage.load_ids, []) as load_ids,
        case
            when coalesce(period_coverage.days_covered, 0) < coalesce(period_coverage.days_expected, 1) then 'missing_days'
            when kpi.entity is null then 'not_in_export'
            when kpi.value is null then 'not_applicable'
            when kpi.denominator < spine.guard_denominator then 'too_few'
        end as reason
    from spine
    left join kpi
        on
            spine.shop = kpi.shop
            and spine.metric = kpi.metric
            and spine.grain = kpi.grain
            and spine.entity_type = kpi.entity_type
            and spine.entity = kpi.entity
            and spine.period_start = kpi.period_start
    left join period_coverage
        on
            spine.shop = period_coverage.shop
            and spine.metric = period_coverage.metric
            and spine.grain = period_coverage.grain
            and spine.period_start = period_coverage.period_start
),

compared as (
    select
        *,
        case
            when reason = 'missing_days' then 'blocked'
            when reason is not null then 'no_data'
            when
                case breach
                    when 'below' then value < threshold
                    when 'above' then value > threshold
                    when 'at_most' then value <= threshold
                    else value >= threshold
                end
                then 'breach'
            else 'ok'
        end as verdict,
        reason is null and case clear
            when 'below' then value < clear_number
            when 'above' then value > clear_number
            when 'at_most' then value <= clear_number
            else value >= clear_number
        end as is_clear,
        case breach
            when 'below' then value < critical
            when 'above' then value > critical
            when 'at_most' then value <= critical
            else value >= critical
        end as is_critical
    from judged
),

-- A streak begins anew behind each period that ends one.
grouped as (
    select
        *,
        count(*) filter (where verdict = 'ok' or (gap = 'reset' and verdict != 'breach')) over history as ended
    from compared
    window history as (partition by rule, shop, entity_type, entity order by period_start)
),

streaks as (
    select
        *,
        count(*) filter (where verdict = 'breach') over (
            partition by rule, shop, entity_type, entity, ended order by period_start
        ) as streak
    from grouped
),

marked as (
    select
        *,
        case
            when verdict = 'breach' and streak >= periods then 'fires'
            when verdict != 'breach' and is_clear then 'clears'
        end as mark
    from streaks
),

held as (
    select
        *,
        last_value(mark ignore nulls) over history = 'fires' as is_firing,
        last_value(if(mark = 'clears', period_start, null) ignore nulls) over history as cleared_at
    from marked
    window history as (
        partition by rule, shop, entity_type, entity order by period_start
        rows between unbounded preceding and current row
    )
),

dated as (
    select
        *,
        if(
            is_firing,
            min(if(mark = 'fires', period_start, null)) over (
                partition by rule, shop, entity_type, entity, cleared_at order by period_start
            ),
            null
        ) as firing_since
    from held
)

select
    rule,
    shop,
    entity_type,
    entity,
    metric,
    grain,
    period_start,
    verdict,
    reason,
    value,
    numerator,
    denominator,
    at_stake,
    currency,
    threshold,
    cast(streak as bigint) as streak,
    case
        when is_firing then 'firing'
        when verdict = 'breach' or (verdict != 'ok' and streak > 0) then 'pending'
        else 'quiet'
    end as state,
    firing_since,
    if(is_critical, 'critical', 'warning') as severity,
    missing_days,
    load_ids,
    rule_hash,
    model_hash
from dated
