/*
title: {zh: 现货率, en: in-stock rate}
stage: 3
grains: {shop: [day, week, month]}
partition: onward
value: ratio
unit: share
direction: up
nothing: not_applicable
inputs: [stock, product_day]
numerator: {zh: 有货的在售 SKU × 天数, en: days of selling SKUs in stock}
denominator: {zh: 在售 SKU × 盘点天数, en: days of selling SKUs counted}
definition:
  zh: 近 28 天卖出过的 SKU 中，盘点时还有货可卖的占比；一周按各日之和计算
  en: of the SKUs that sold in the 28 days up to the count, the share with pieces available; over a week the ratio of the sums of its days
caveat:
  zh: 每个 SKU 权重相同，不论卖多卖少；28 天没卖的 SKU 不算，缺货超过 28 天的因此也不再计入
  en: >-
    each SKU counts alike, however much it sells; a SKU without sales in 28 days is left out, and so is one that has been out
    of stock for longer
at_stake: {zh: 不适用, en: does not apply}
source: manual 2.2 (stock warning); 旺店通 库存, 生意参谋 商品_全部
*/
with stock_cover_day as (
    select * from marts.fct_stock_cover_day
    where pieces_28_days > 0 and available is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    count(*) filter (where available > 0) as numerator,
    count(*) as denominator
from stock_cover_day
group by shop, day
