/*
grain: one row per shop and day with orders, or that an order export covers and that had none
note: >
  Contribution margin of the shop, by the day of the order: its products (fct_product_profit_day) and amounts that
  belong to no product.
  A day that lacks one of the shop's ad accounts has no ad spend and no profit.
columns:
  revenue: Money paid, without added tax, before refunds
*/
with days as (
    select * from intermediate.int_profit_day
),

absent as (
    select distinct shop, day, true as is_absent
    from intermediate.int_absent_ad_accounts
)

select
    days.shop,
    days.day,
    cast(date_trunc('week', days.day) as date) as week_start,
    days.revenue,
    days.revenue_settled,
    days.refunded,
    days.goods,
    days.goods_returned,
    days.commission,
    days.payment_fees,
    days.freight,
    days.return_freight,
    days.tax,
    days.other_costs,
    if(absent.is_absent, null, days.ad_spend) as ad_spend,
    days.margin_before_ads,
    if(absent.is_absent, null, days.profit) as profit,
    if(absent.is_absent, null, cast(days.profit - coalesce(days.profit_of_products, 0) as decimal(18, 2)))
        as profit_unallocated,
    days.products_unknown,
    days.currency,
    if(absent.is_absent, list_sort(list_distinct(list_append(days.unknown, 'ad_spend'))), days.unknown) as unknown
from days
left join absent using (shop, day)
