/*
grain: >
  one row per shop whose week has ended tonight, with its revenue and that of the week before and the main
  drivers, or the missing days of the two weeks and the exports that would provide them
*/
with changes as (
    select * from review.weekly_change
    where versus = 'last_week'
),

weekly_drivers as (
    select * from review.weekly_driver
    where versus = 'last_week' and driver_kind = 'driver' and (dimension = 'factor' or rank <= 2)
),

metric_exports as (
    select * from kpi.metric_exports
    where metric = 'revenue'
),

shops as (
    select * from marts.dim_shop
),

night as (
    select night from meta.night
),

exports as (
    select
        shop,
        list(distinct export order by export) as missing_exports
    from metric_exports
    group by shop
),

drivers as (
    select
        shop,
        week_start,
        list(
            struct_pack(
                dimension := dimension,
                driver := driver,
                name := coalesce(driver_name, driver),
                effect := effect
            )
            order by
                array_position(['factor', 'product', 'campaign', 'channel', 'region'], dimension),
                dimension,
                rank
        ) as drivers
    from weekly_drivers
    group by shop, week_start
)

select
    changes.shop,
    coalesce(shops.title, changes.shop) as shop_title,
    changes.week_start,
    changes.revenue,
    changes.revenue_compared,
    changes.currency,
    coalesce(drivers.drivers, []) as drivers,
    changes.missing_days,
    coalesce(exports.missing_exports, []) as missing_exports
from changes
inner join night on changes.week_start + 6 = night.night
left join drivers using (shop, week_start)
left join exports using (shop)
left join shops using (shop)
order by changes.shop
