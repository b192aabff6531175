/*
grain: one row per shop and day with orders, or that an order export covers and that had none
partition: day
note: >
  The day's products and amounts that belong to no product, added up. What is unknown for one of them is missing for the day.
*/
with products as (
    select *
    from intermediate.int_product_profit_day
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    cast(sum(revenue) as decimal(18, 2)) as revenue,
    cast(sum(revenue_settled) as decimal(18, 2)) as revenue_settled,
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
    whole_money(if(product_id is null, null, profit), if(product_id is null, null, revenue)) as profit_of_products,
    cast(count(*) filter (where product_id is not null and list_contains(unknown, 'goods_costs')) as bigint)
        as products_unknown,
    any_value(currency) as currency,
    list_sort(list_distinct(flatten(list(unknown)))) as unknown
from products
group by shop, day
