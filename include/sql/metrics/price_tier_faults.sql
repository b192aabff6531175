/*
title: {zh: 价格倒挂数, en: prices out of order}
stage: 3
grains: {product: [day]}
value: last
unit: count
direction: down
inputs: [product_costs]
numerator: {zh: 价格倒挂的行数, en: lines whose prices are out of order}
denominator: {zh: 当日有效的价格行数, en: lines that hold on the day}
definition:
  zh: 当日有效的价格中，不满足“活动价 ≤ 会员价 ≤ 日常价”、成本高于日常价，或其中一个是另一个 20 倍以上的行数
  en: >-
    price lines that hold on the day and break the order campaign price <= member price <= everyday price, whose cost is
    above the everyday price, or of which one number is more than 20 times another
caveat:
  zh: 看成本与价格表，不看店里实际挂的价；没填的价不比较
  en: of the cost workbook, not of what the shop shows; a price that is not filled in is not compared
at_stake: {zh: 不适用, en: does not apply}
evidence: prices
source: manual 3 (products, tiered prices); cost workbook
*/
with days as (
    select shop, period_start as day from intermediate.int_periods
    where grain = 'day'
),

prices as (
    select * from marts.dim_product_price
)

select
    days.shop,
    'product' as entity_type,
    prices.product_id as entity,
    days.day,
    prices.lines_out_of_order as numerator,
    prices.price_lines as denominator
from days
inner join prices
    on
        days.shop = prices.shop
        and days.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
