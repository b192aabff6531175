/*
grain: one row per shop, dimension and driver of the week's change of revenue against the week before
*/
with weekly_driver as (
    select * from review.weekly_driver
    where week_start = $week and shop = coalesce($shop, shop) and versus = 'last_week'
)

select
    shop,
    dimension,
    driver_kind,
    driver,
    driver_name,
    rank,
    effect,
    share_of_change,
    revenue_moved,
    currency
from weekly_driver
order by shop, array_position(['factor', 'product', 'campaign', 'channel', 'region'], dimension), dimension, rank
