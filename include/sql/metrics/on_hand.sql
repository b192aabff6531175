/*
title: {zh: 实物库存, en: stock on hand}
stage: 3
grains: {sku: [day]}
value: last
unit: pieces
direction: up
inputs: [stock]
numerator: {zh: 仓库实存件数, en: pieces in the warehouse}
denominator: {zh: 可用件数, en: available pieces}
definition:
  zh: 当日盘点时仓库里的件数，含已被订单占用的
  en: pieces in the warehouse when stock was counted that day, those kept for orders included
caveat:
  zh: 盘点一天一次；能不能卖看可用库存
  en: counted once a day; what can be sold is available_stock
at_stake: {zh: 不适用, en: does not apply}
source: manual 3 (products, stock); 旺店通 and 聚水潭 库存
*/
with stock_day as (
    select * from marts.fct_stock_day
    where on_hand is not null
)

select
    shop,
    'sku' as entity_type,
    sku as entity,
    day,
    on_hand as numerator,
    available as denominator
from stock_day
