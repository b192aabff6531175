/*
grain: one row per shop and day with orders, or that an order export covers and that had none
partition: day
note: >
  The day's products and what no product has, added up. What is unknown for one of them is missing for the day.
*/
with products as (
    select *
    from marts.fct_product_profit_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    cast(sum(revenue) as decimal(18, 2)) as revenue,
    cast(sum(revenue_settled) as decimal(18, 2)) as revenue_settled,
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
    cast(whole_sum(if(product_id is null, null, profit), if(product_id is null, null, revenue)) as decimal(18, 2))
        as profit_of_products,
    cast(count(*) filter (where product_id is not null and list_contains(unknown, 'goods_costs')) as bigint)
        as products_unknown,
    any_value(currency) as currency,
    list_sort(list_distinct(flatten(list(unknown)))) as unknown
from products
group by shop, day
