/*
title: {zh: 滞销库存占款, en: money in dead stock}
stage: 3
grains: {sku: [day], shop: [day, week, month]}
partition: onward
value: last
unit: money
direction: down
inputs: [stock, product_day, product_costs]
numerator: {zh: 近 28 天没有卖出的 SKU 的库存成本, en: cost of the stock of SKUs without sales in 28 days}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 28 天都有货、一件没卖的 SKU，实存件数乘单件成本；全店为各 SKU 之和，一周取最后一次盘点
  en: >-
    pieces in the warehouse x cost of a piece, of SKUs that were in stock on all of the last 28 days and sold nothing; of the shop the sum of
    its SKUs, over a week that of the last count
caveat:
  zh: 没有单件成本的 SKU 不计；同一货号的规格平分销量，因此其中一个滞销看不出来
  en: >-
    SKUs without a known cost are left out; SKUs of one item number share its sales evenly, so that one of them which never
    sells does not show
at_stake: {zh: 不适用：压在库存里的货款不算损失, en: "does not apply: money tied up in stock is not lost"}
evidence: stock
source: manual 2.2 (never overstock); stock and traffic exports, cost workbook
*/
with cover as (
    select * from marts.fct_stock_cover_day
    where on_hand is not null and unit_cost is not null and days_in_stock >= 28
),

dead as (
    select
        shop,
        sku,
        day,
        if(pieces_28_days = 0, cast(on_hand * unit_cost as decimal(18, 2)), 0) as amount
    from cover
)

select
    shop,
    'sku' as entity_type,
    sku as entity,
    day,
    amount as numerator
from dead
union all by name
select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    sum(amount) as numerator
from dead
group by shop, day
