/*
grain: one row per shop, KPI and entity with a value in the chosen days, beside its value in the days compared
note: >
  A day, a calendar week or a calendar month is as published in kpi.fct_kpi. Other days are rolled up from the KPI's days
  as its periods are; a KPI without daily rows has no value there. As in kpi.fct_kpi, coverage is the share of the days
  with an export of every input, without the days on which the shop never trades. A change is missing unless both have
  all their days.
*/
with kpi as (
    select * from kpi.fct_kpi
    where metric not in ('target_attainment', 'target_forecast')
),

period_coverage as (
    select * from kpi.period_coverage
),

metrics as (
    select * from meta.metrics
),

targets as (
    select * from kpi.fct_target
    where grain = $grain and period_start = $first_day
),

entities as (
    select * from marts.dim_entity
),

spans (is_compared, first_day, last_day) as (
    values (false, cast($first_day as date), cast($last_day as date)),
    (true, cast($compared_first_day as date), cast($compared_last_day as date))
),

published as (
    select
        spans.is_compared,
        kpi.shop,
        kpi.metric,
        kpi.entity_type,
        kpi.entity,
        kpi.value,
        kpi.coverage,
        kpi.currency
    from kpi
    inner join spans on kpi.period_start = spans.first_day
    where kpi.grain = $grain
),

daily as (
    select
        spans.is_compared,
        kpi.shop,
        kpi.metric,
        kpi.entity_type,
        kpi.entity,
        kpi.period_start as day,
        kpi.numerator,
        kpi.denominator,
        kpi.value,
        kpi.currency,
        metrics.rolled_up_by
    from kpi
    inner join metrics using (metric)
    inner join spans on kpi.period_start between spans.first_day and spans.last_day
    where $grain = 'days' and kpi.grain = 'day' and metrics.rolled_up_by != 'given'
),

-- Days before the first export and after the last have no row here. They are expected all the same.
covered as (
    select
        spans.is_compared,
        period_coverage.shop,
        period_coverage.metric,
        sum(period_coverage.days_expected) + any_value(spans.last_day - spans.first_day) + 1 - count(*) as days_expected,
        sum(period_coverage.days_covered) as days_covered
    from period_coverage
    inner join spans on period_coverage.period_start between spans.first_day and spans.last_day
    where $grain = 'days' and period_coverage.grain = 'day'
    group by spans.is_compared, period_coverage.shop, period_coverage.metric
),

summed as (
    select
        is_compared,
        shop,
        metric,
        entity_type,
        entity,
        any_value(rolled_up_by) as rolled_up_by,
        if(count(numerator) = count(*), cast(sum(numerator) as double), null) as numerator,
        cast(sum(denominator) as double) as denominator,
        if(count(denominator) = count(*), sum(value * cast(denominator as double)), null) as weighted_sum,
        avg(value) as mean_value,
        max(value) as largest,
        max_by(value, day) as newest,
        any_value(currency) as currency
    from daily
    group by is_compared, shop, metric, entity_type, entity
),

rolled_up as (
    select
        is_compared,
        shop,
        metric,
        entity_type,
        entity,
        case rolled_up_by
            when 'sum' then numerator
            when 'last' then newest
            when 'mean' then coalesce(weighted_sum / nullif(denominator, 0), mean_value)
            -- A share that never exceeds 1 on a day (at_most_one of its KPI) does not exceed it over several.
            else if(largest <= 1, least(numerator / nullif(denominator, 0), 1), numerator / nullif(denominator, 0))
        end as value,
        coalesce(cast(covered.days_covered as double) / nullif(covered.days_expected, 0), 1) as coverage,
        currency
    from summed
    inner join covered using (is_compared, shop, metric)
),

measured as (
    select * from published
    union all by name
    select * from rolled_up
),

chosen as (
    select * from measured
    where not is_compared
),

compared as (
    select * from measured
    where is_compared
)

select
    chosen.shop,
    chosen.metric,
    metrics.title_zh,
    metrics.title_en,
    'stage_' || metrics.stage as stage_name,
    metrics.unit,
    chosen.entity_type,
    chosen.entity,
    'type_' || chosen.entity_type as kind,
    if(chosen.entity_type = 'shop', null, coalesce(entities.name, chosen.entity)) as entity_name,
    chosen.value,
    chosen.coverage,
    compared.value as value_compared,
    case
        when chosen.coverage = 1 and compared.coverage = 1
            then (chosen.value - compared.value) / nullif(abs(compared.value), 0)
    end as value_change,
    if(chosen.entity_type = 'shop', targets.target, null) as target,
    case
        when chosen.entity_type != 'shop' or targets.attainment is null then null
        when targets.is_on_course then 'target_met'
        else 'target_missed'
    end as verdict,
    chosen.currency
from chosen
inner join metrics using (metric)
left join compared
    on
        chosen.shop = compared.shop
        and chosen.metric = compared.metric
        and chosen.entity_type = compared.entity_type
        and chosen.entity = compared.entity
left join targets
    on
        chosen.shop = targets.shop
        and chosen.metric = targets.metric
left join entities
    on
        chosen.shop = entities.shop
        and chosen.entity_type = entities.entity_type
        and chosen.entity = entities.entity
where chosen.value is not null or compared.value is not null
order by
    chosen.entity_type != 'shop',
    chosen.shop,
    metrics.stage,
    chosen.metric,
    chosen.value desc nulls last,
    chosen.entity
