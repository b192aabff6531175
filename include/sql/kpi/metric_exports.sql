/*
grain: one row per shop, metric, input of it whose days are expected, and export that would feed it
note: >
  Only shops of which a file was loaded. Names the export that is missing: those that the shop has given before, else those
  of its platform, else all that feed the input. Shipping times of orders come in an order export of the platform, if one has them, and in our own list of parcels;
  the shop's order export may lack the column. A group of shops has the exports of them all. Profit asks for workbooks too: those of costs and of selling costs.
columns:
  export: Name of the export's contract
*/
with metric_inputs as (
    select metric, unnest(inputs) as input
    from seed.metrics
),

exports as (
    select export, input, platform
    from seed.exports
    anti join seed.standing using (input)
    union all
    select export, 'sessions' as input, platform
    from seed.session_exports
    union all
    select export, 'order_products' as input, platform
    from seed.line_exports
    union all
    select export, if(input = 'product_costs', 'goods_costs', input) as input, platform
    from seed.exports
    where input in ('product_costs', 'selling_costs')
    union all
    select export, 'ad_spend' as input, platform
    from seed.exports
    where input = 'ad_day'
),

shipping_exports as (
    select export, platform from seed.shipping_exports
),

shops as (
    select shop, platform
    from staging.stg_shops
    semi join marts.dim_shop using (shop)
),

seen as (
    select distinct shop, source as export
    from staging.stg_coverage
),

candidates as (
    select
        shops.shop,
        exports.input,
        exports.export,
        case
            when seen.export is not null then 1
            when exports.platform = shops.platform then 2
            else 3
        end as place
    from shops
    cross join exports
    left join seen
        on
            shops.shop = seen.shop
            and exports.export = seen.export
),

nearest as (
    select shop, input, export
    from candidates
    qualify place = min(place) over (partition by shop, input)
    union all
    select shops.shop, 'order_shipping' as input, shipping_exports.export
    from shops
    inner join shipping_exports
        on shops.platform = shipping_exports.platform or shipping_exports.platform = 'shopwatch'
),

of_groups as (
    select distinct
        group_shops.shop_group as shop,
        nearest.input,
        nearest.export
    from nearest
    inner join seed.group_shops as group_shops using (shop)
),

all_exports as (
    select * from nearest
    union all
    select * from of_groups
)

select
    all_exports.shop,
    metric_inputs.metric,
    all_exports.input,
    all_exports.export
from all_exports
inner join metric_inputs using (input)
