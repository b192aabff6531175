/*
grain: one row per shop, day, KPI, dimension and part of it
partition: onward
note: >
  Numerators and denominators of five ratios, by what they may be taken apart by. The parts of a dimension are those of its
  own report: products' visitors do not add up to the shop's, nor campaigns' spend where a tool reports none. Orders in
  another currency than the shop's and products without a cost are left out, as in the KPIs. A buyer is new in the week of the
  first paid order in any export.
columns:
  metric: KPI of the ratio (pay_conversion, roas, margin, refund_rate, value_per_order)
  dimension: What it is taken apart by (product, channel, campaign, tool, region, buyer_kind)
  driver: The part; missing where the orders do not state it
  numerator: Numerator of the ratio, of the part; missing where the denominator is known and it is not
  denominator: Denominator of the ratio, of the part
*/
with product_day as (
    select *
    from marts.fct_product_day
    semi join changed_onward using (shop, day)
),

channel_day as (
    select *
    from marts.fct_channel_day
    semi join changed_onward using (shop, day)
),

campaign_day as (
    select *
    from marts.fct_campaign_day
    semi join changed_onward using (shop, day)
),

ad_product_day as (
    select *
    from marts.fct_ad_product_day
    semi join changed_onward using (shop, day)
),

orders as (
    select *
    from marts.fct_order
    semi join changed_onward using (shop, day)
),

order_lines as (
    select *
    from marts.fct_order_line
    semi join changed_onward using (shop, day)
),

buyers as (
    select shop, buyer, first_paid_on from marts.dim_buyer
),

prices as (
    select * from marts.dim_product_price
    where unit_cost is not null
),

shops as (
    select shop, currency from staging.stg_shops
),

own_orders as (
    select
        orders.shop,
        orders.day,
        coalesce(orders.province, orders.country) as region,
        case
            when orders.buyer is null or buyers.first_paid_on is null then 'unknown'
            when buyers.first_paid_on >= cast(date_trunc('week', orders.day) as date) then 'new'
            else 'returning'
        end as buyer_kind,
        orders.paid_gross,
        orders.refunded,
        orders.is_paid and orders.paid_gross > 0 as is_counted
    from orders
    semi join shops on orders.shop = shops.shop and orders.currency = shops.currency
    left join buyers on orders.shop = buyers.shop and orders.buyer = buyers.buyer
),

order_parts as (
    select *, 'region' as dimension, region as driver from own_orders
    union all by name
    select *, 'buyer_kind' as dimension, buyer_kind as driver from own_orders
),

parts as (
    select
        shop, day, 'pay_conversion' as metric, 'product' as dimension, product_id as driver,
        cast(pay_buyers as decimal(18, 4)) as numerator,
        cast(visitors as decimal(18, 4)) as denominator
    from product_day
    union all
    select shop, day, 'pay_conversion', 'channel', channel, pay_buyers, visitors
    from channel_day
    union all
    select shop, day, 'roas', 'campaign', campaign_id, ad_revenue, spend
    from campaign_day
    union all
    select shop, day, 'roas', 'tool', tool, ad_revenue, spend
    from campaign_day
    union all
    select shop, day, 'roas', 'product', product_id, ad_revenue, spend
    from ad_product_day
    union all
    select
        product_day.shop, product_day.day, 'margin', 'product', product_day.product_id,
        product_day.pay_amount - product_day.pay_pieces * prices.unit_cost,
        product_day.pay_amount
    from product_day
    inner join prices
        on
            product_day.shop = prices.shop
            and product_day.product_id = prices.product_id
            and product_day.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
    union all
    select shop, day, 'refund_rate', dimension, driver, refunded, paid_gross
    from order_parts
    union all
    select
        order_lines.shop, order_lines.day, 'refund_rate', 'product', order_lines.product_key,
        order_lines.refunded,
        order_lines.revenue
    from order_lines
    semi join shops on order_lines.shop = shops.shop and order_lines.currency = shops.currency
    union all
    select shop, day, 'value_per_order', dimension, driver, paid_gross, cast(is_counted as integer)
    from order_parts
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    metric,
    dimension,
    driver,
    cast(whole_sum(numerator, denominator) as decimal(18, 4)) as numerator,
    cast(sum(denominator) as decimal(18, 4)) as denominator
from parts
where denominator is not null
group by shop, day, metric, dimension, driver
order by day, metric
