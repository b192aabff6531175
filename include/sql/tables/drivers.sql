/*
grain: one row per shop, dimension and driver of the week's change of revenue against the week before
*/
with drivers as (
    select * from review.weekly_driver
    where week_start = $week and versus = 'last_week'
)

select
    drivers.*,
    'dimension_' || drivers.dimension as dimension_name,
    case
        when drivers.dimension = 'factor' and drivers.driver_kind = 'driver' then 'factor_' || drivers.driver
        when drivers.driver_kind != 'driver' then 'driver_' || drivers.driver_kind
    end as driver_word
from drivers
order by
    drivers.shop,
    array_position(['factor', 'product', 'campaign', 'channel', 'region'], drivers.dimension),
    drivers.dimension,
    drivers.rank
