/*
grain: one row per shop and week (Monday to Sunday) with orders
note: >
  Sums of days; what is unknown on one of them is missing. A week counts the days with orders.
columns:
  margin_rate_before_ads: margin_before_ads by revenue before refunds; missing without revenue
*/
with profit_day as (
    select * from marts.fct_profit_day
)

select
    shop,
    week_start,
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
    cast(whole_sum(margin_before_ads, revenue) as double) / nullif(cast(sum(revenue) as double), 0)
        as margin_rate_before_ads,
    cast(whole_sum(profit, revenue) as decimal(18, 2)) as profit,
    cast(whole_sum(profit_unallocated, revenue) as decimal(18, 2)) as profit_unallocated,
    any_value(currency) as currency,
    list_sort(list_distinct(flatten(list(unknown)))) as unknown
from profit_day
group by shop, week_start
