/*
grain: one row per shop, KPI of some stages and thing that is measured
*/
with weekly_entity as (
    select * from review.weekly_entity
    where week_start = $week and value is not null
),

metrics as (
    select * from meta.metrics
    where stage in (select unnest($stages))
),

shops as (
    select * from marts.dim_shop
)

select
    weekly_entity.* exclude (entity_name),
    metrics.stage,
    metrics.title_zh as metric_title_zh,
    metrics.title_en as metric_title_en,
    metrics.unit,
    coalesce(
        weekly_entity.entity_name,
        if(weekly_entity.entity_type = 'shop', shops.title, null),
        weekly_entity.entity
    ) as entity_name,
    if(weekly_entity.entity_type = 'theme', 'theme_' || weekly_entity.entity, null) as theme_word
from weekly_entity
inner join metrics using (metric)
inner join shops using (shop)
order by weekly_entity.shop, metrics.stage, weekly_entity.metric, weekly_entity.entity_type != 'shop', weekly_entity.entity
