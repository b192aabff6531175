/*
title: {zh: 可用库存, en: available stock}
stage: 3
grains: {sku: [day]}
value: last
unit: pieces
direction: up
inputs: [stock]
numerator: {zh: 可用库存, en: available pieces}
denominator: {zh: 近 7 天售出件数, en: pieces sold in 7 days}
definition:
  zh: 当日盘点时可以卖的件数
  en: pieces that could be sold when stock was counted that day
caveat:
  zh: 盘点一天一次，盘点之后的销售不在其中
  en: counted once a day; what sells after the count is not in it
at_stake:
  zh: （近 7 天售出件数 − 可用库存）× 近 7 天平均卖价，即不补货时下一周卖不出的部分
  en: "(pieces sold in 7 days - available pieces) x average price of the 7 days: sales of the next 7 days without a restock"
evidence: stock
source: manual 2.2 (stock warning); 旺店通 库存
*/
with stock_day as (
    select * from marts.fct_stock_day
)

select
    shop,
    'sku' as entity_type,
    sku as entity,
    day,
    available as numerator,
    pieces_7_days as denominator,
    not_below_zero(pieces_7_days - available) * sales_7_days / nullif(pieces_7_days, 0) as at_stake
from stock_day
