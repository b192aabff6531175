/*
grain: one row per shop, day and product sold or advertised; product_id is NULL in the row for amounts that belong to no product
partition: day
note: >
  Contribution margin, by the day of the order, at the rates of the day. What is unknown is missing, never 0, and `unknown`
  names it. On a day on which a paid order lacks its lines, any product may be in it: of products only the ad spend is known
  then, and nothing of what they sold, whatever the lines of other orders state.
columns:
  product_id: The product's key (fct_order_line.product_key); missing for postage, orders without lines, and ad spend and
    costs that name no product
  revenue: Money paid, without added tax, before refunds; missing for products on a day with orders without lines
  ad_spend: Spend that ad reports name for the product, and declared ad spend; missing where neither is known
*/
with parts as (
    select *
    from intermediate.int_product_profit_day
    semi join changed_days using (shop, day)
),

days_without_lines as (
    select shop, day, unknown
    from parts
    where product_id is null and orders_without_lines > 0
),

marked as (
    select
        parts.* exclude (unknown),
        parts.product_id is null or days_without_lines.day is null as is_listed,
        if(
            is_listed, parts.unknown, list_sort(list_distinct(list_concat(parts.unknown, days_without_lines.unknown)))
        ) as unknown
    from parts
    left join days_without_lines using (shop, day)
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    product_id,
    if(is_listed, pieces, null) as pieces,
    if(is_listed, revenue, null) as revenue,
    if(is_listed, revenue_settled, null) as revenue_settled,
    if(is_listed, refunded, null) as refunded,
    if(is_listed, goods, null) as goods,
    if(is_listed, goods_returned, null) as goods_returned,
    if(is_listed, commission, null) as commission,
    if(is_listed, payment_fees, null) as payment_fees,
    if(is_listed, freight, null) as freight,
    if(is_listed, return_freight, null) as return_freight,
    if(is_listed, tax, null) as tax,
    if(is_listed, other_costs, null) as other_costs,
    ad_spend,
    if(is_listed, margin_before_ads, null) as margin_before_ads,
    if(is_listed, profit, null) as profit,
    currency,
    unknown
from marked
order by day
