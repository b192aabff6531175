/*
grain: one row per shop and week, of the reviewed week and those before it, oldest first
*/
with shop_week as (
    select * from review.weekly_shop
    where week_start <= $week and shop = coalesce($shop, shop)
),

ad_week as (
    select
        shop,
        period_start as week_start,
        coalesce(cast(days_covered as double) / nullif(days_expected, 0), 1) as completeness
    from kpi.period_coverage
    where metric = 'roas' and grain = 'week'
)

select
    this_week.*,
    last_week.refunded as refunded_last_week,
    if(
        last_week.refunded = 0,
        null,
        cast(this_week.refunded - last_week.refunded as double) / cast(last_week.refunded as double)
    ) as refunded_change,
    last_week.net_revenue as net_revenue_last_week,
    if(
        last_week.net_revenue = 0,
        null,
        cast(this_week.net_revenue - last_week.net_revenue as double)
        / abs(cast(last_week.net_revenue as double))
    ) as net_revenue_change,
    last_week.completeness as completeness_last_week,
    ads.completeness as ad_completeness,
    ads_last_week.completeness as ad_completeness_last_week
from shop_week as this_week
left join shop_week as last_week
    on
        this_week.shop = last_week.shop
        and this_week.week_start = last_week.week_start + 7
left join ad_week as ads
    on
        this_week.shop = ads.shop
        and this_week.week_start = ads.week_start
left join ad_week as ads_last_week
    on
        this_week.shop = ads_last_week.shop
        and this_week.week_start = ads_last_week.week_start + 7
where this_week.week_start > cast($week as date) - 7 * $weeks
order by this_week.shop, this_week.week_start
