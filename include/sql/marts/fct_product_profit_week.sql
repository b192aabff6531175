/*
grain: one row per shop, product and week (Monday to Sunday); product_id is NULL in the row for amounts that belong to no product
partition: week
note: >
  Sums of days (marts.fct_product_profit_day); what is unknown on one of them is missing. In a week in which a paid order
  lacks its lines, what products sold is unknown, also of those that have no row on the day of the order.
columns:
  product_id: The product's key (fct_order_line.product_key); missing for amounts that belong to no product
  revenue: Money paid, without added tax, before refunds; missing for products in a week with orders without lines
*/
with product_profit_day as (
    select *
    from marts.fct_product_profit_day
    semi join changed_weeks using (shop, week_start)
),

days_without_lines as (
    select shop, week_start, day, if(ad_spend is null, null, 0) as ad_spend, currency, unknown
    from product_profit_day
    where product_id is null and list_contains(unknown, 'order_products')
),

products as (
    select distinct shop, week_start, product_id
    from product_profit_day
    where product_id is not null
),

parts as (
    select * from product_profit_day
    union all by name
    select days_without_lines.*, products.product_id
    from days_without_lines
    inner join products using (shop, week_start)
)

select
    shop,
    week_start,
    product_id,
    cast(whole_sum(pieces, day) as bigint) as pieces,
    whole_money(revenue, day) as revenue,
    whole_money(refunded, day) as refunded,
    whole_money(goods, day) as goods,
    whole_money(goods_returned, day) as goods_returned,
    whole_money(commission, day) as commission,
    whole_money(payment_fees, day) as payment_fees,
    whole_money(freight, day) as freight,
    whole_money(return_freight, day) as return_freight,
    whole_money(tax, day) as tax,
    whole_money(other_costs, day) as other_costs,
    whole_money(ad_spend, day) as ad_spend,
    whole_money(margin_before_ads, day) as margin_before_ads,
    whole_money(profit, day) as profit,
    any_value(currency) as currency,
    list_sort(list_distinct(flatten(list(unknown)))) as unknown
from parts
group by shop, week_start, product_id
