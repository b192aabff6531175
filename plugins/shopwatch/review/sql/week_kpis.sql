/*
grain: one row per shop and KPI of the whole shop in the week
*/
with weekly_kpi as (
    select * from review.weekly_kpi
    where week_start = $week and shop = coalesce($shop, shop)
)

select
    shop,
    metric,
    title_zh,
    title_en,
    stage,
    unit,
    value,
    target,
    is_on_target,
    value_last_week,
    value_change,
    value_last_year,
    is_worse_than_usual,
    band_low,
    band_high,
    currency,
    is_partial
from weekly_kpi
where value is not null or target is not null
order by shop, stage, metric
