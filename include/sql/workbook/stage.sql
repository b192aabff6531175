/*
grain: one row a shop, KPI of some stages and thing that is measured: the week's number, of daily KPIs the last day's
*/
with kpi as (
    select * from kpi.fct_kpi
    where grain in ('day', 'week') and value is not null
),

metrics as (
    select * from meta.metrics
    where stage in (select unnest($stages))
),

entities as (
    select * from marts.dim_entity
),

shops as (
    select * from marts.dim_shop
),

weeks as (
    select
        kpi.*,
        cast(date_trunc('week', kpi.period_start) as date) as week_start
    from kpi
    semi join metrics using (metric)
),

latest as (
    select *
    from weeks
    where week_start in (cast($week as date), cast($week as date) - 7)
    qualify
        row_number() over (
            partition by shop, metric, entity_type, entity, week_start order by grain = 'week' desc, period_start desc
        ) = 1
)

select
    this_week.shop,
    metrics.stage,
    this_week.metric,
    metrics.title_zh as metric_title_zh,
    metrics.title_en as metric_title_en,
    metrics.unit,
    this_week.currency,
    this_week.entity_type,
    this_week.entity,
    coalesce(entities.name, shops.title, this_week.entity) as entity_name,
    this_week.period_end,
    this_week.value,
    last_week.value as value_last_week,
    this_week.numerator,
    this_week.denominator,
    this_week.coverage
from latest as this_week
inner join metrics using (metric)
left join latest as last_week
    on
        this_week.shop = last_week.shop
        and this_week.metric = last_week.metric
        and this_week.entity_type = last_week.entity_type
        and this_week.entity = last_week.entity
        and last_week.week_start = cast($week as date) - 7
left join entities
    on
        this_week.shop = entities.shop
        and this_week.entity_type = entities.entity_type
        and this_week.entity = entities.entity
left join shops
    on
        this_week.entity_type = 'shop'
        and this_week.shop = shops.shop
where this_week.week_start = $week
order by this_week.shop, metrics.stage, this_week.metric, this_week.entity_type != 'shop', this_week.entity
