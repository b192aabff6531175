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
    whole_money(refunded, revenue) as refunded,
    whole_money(goods, revenue) as goods,
    whole_money(goods_returned, revenue) as goods_returned,
    whole_money(commission, revenue) as commission,
    whole_money(payment_fees, revenue) as payment_fees,
    whole_money(freight, revenue) as freight,
    whole_money(return_freight, revenue) as return_freight,
    whole_money(tax, revenue) as tax,
    whole_money(other_costs, revenue) as other_costs,
    whole_money(ad_spend, revenue) as ad_spend,
    whole_money(margin_before_ads, revenue) as margin_before_ads,
    whole_money(profit, revenue) as profit,
    any_value(currency) as currency,
    list_sort(list_distinct(flatten(list(unknown)))) as unknown
from product_profit_day
group by shop, week_start, product_id
