/*
grain: one row per shop, product and week (Monday to Sunday); product_id is missing in the row of what no product has
partition: week
note: Sums of days (marts.fct_product_profit_day); what is unknown on one of them is missing
columns:
  product_id: The product's key (fct_order_line.product_key); missing for what no product has
  revenue: Money paid, without added tax, before refunds
*/
with product_profit_day as (
    select *
    from marts.fct_product_profit_day
    semi join changed_weeks using (shop, week_start)
)

select
    shop,
    week_start,
    product_id,
    cast(whole_sum(pieces, revenue) as bigint) as pieces,
    cast(sum(revenue) as decimal(18, 2)) as revenue,
    cast(whole_sum(refunded, revenue) as decimal(18, 2)) as refunded,
    cast(whole_sum(goods, revenue) as decimal(18, 2)) as goods,
    cast(whole_sum(goods_returned, revenue) as decimal(18, 2)) as goods_returned,
    cast(whole_sum(commission, revenue) as decimal(18, 2)) as commission,
    cast(whole_sum(payment_fees, revenue) as decimal(18, 2)) as payment_fees,
    cast(whole_sum(freight, revenue) as decimal(18, 2)) as freight,
    cast(whole_sum(return_freight, revenue) as decimal(18, 2)) as return_freight,
    cast(whole_sum(tax, revenue) as decimal(18, 2)) as tax,
    cast(whole_sum(other_costs, revenue) as decimal(18, 2)) as other_costs,
    cast(whole_sum(ad_spend, revenue) as decimal(18, 2)) as ad_spend,
    cast(whole_sum(margin_before_ads, revenue) as decimal(18, 2)) as margin_before_ads,
    cast(whole_sum(profit, revenue) as decimal(18, 2)) as profit,
    any_value(currency) as currency,
    list_sort(list_distinct(flatten(list(unknown)))) as unknown
from product_profit_day
group by shop, week_start, product_id
