/*
grain: one row a shop whose week has ended tonight: by how much its revenue moved on last week, and what moved it most
*/
with drivers as (
    select * from review.weekly_driver
    where versus = 'last_week' and driver_kind = 'driver' and (dimension = 'factor' or rank <= 2)
),

shops as (
    select * from marts.dim_shop
),

night as (
    select night from seed.night
)

select
    drivers.shop,
    any_value(coalesce(shops.title, drivers.shop)) as shop_title,
    any_value(drivers.revenue_moved) as revenue_moved,
    any_value(drivers.currency) as currency,
    list(
        struct_pack(
            dimension := drivers.dimension,
            driver := drivers.driver,
            name := coalesce(drivers.driver_name, drivers.driver),
            effect := drivers.effect
        )
        order by
            array_position(['factor', 'product', 'campaign', 'channel', 'region'], drivers.dimension),
            drivers.dimension,
            drivers.rank
    ) as drivers
from drivers
inner join night on drivers.week_start + 6 = night.night
left join shops using (shop)
group by drivers.shop
order by drivers.shop
