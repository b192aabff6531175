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
    cast(whole_sum(margin_before_ads, revenue) as double) / nullif(cast(sum(revenue) as double), 0)
        as margin_rate_before_ads,
    whole_money(profit, revenue) as profit,
    whole_money(profit_unallocated, revenue) as profit_unallocated,
    any_value(currency) as currency,
    list_sort(list_distinct(flatten(list(unknown)))) as unknown
from profit_day
group by shop, week_start
