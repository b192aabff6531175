/*
title: {zh: 抵扣待发后库存, en: stock after open orders}
stage: 3
grains: {sku: [day]}
partition: onward
value: given
may_be_negative: true
unit: pieces
direction: up
inputs: [stock]
numerator: {zh: 仓库实存件数, en: pieces in the warehouse}
denominator: {zh: 已付款未发货件数, en: pieces paid and not shipped}
definition:
  zh: 仓库实存件数减去已付款未发货的件数；小于零即超卖
  en: pieces in the warehouse minus pieces that are paid and not shipped; below zero more was sold than there is
caveat:
  zh: 只有订单明细写明商家编码的店铺才有；知道已发货但不知何时发的订单不算待发
  en: >-
    only of shops whose order lines name the unit; an order that is known to be shipped, though not when, is not open
at_stake:
  zh: 缺货件数按近 28 天平均卖价计
  en: the missing pieces at the average price of the last 28 days
evidence: open_order_lines
source: manual 3 (products, never oversell); stock and order line exports
*/
with cover as (
    select * from marts.fct_stock_cover_day
    where on_hand is not null and open_pieces is not null
)

select
    shop,
    'sku' as entity_type,
    sku as entity,
    day,
    on_hand as numerator,
    open_pieces as denominator,
    on_hand - open_pieces as value,
    not_below_zero(open_pieces - on_hand) * sales_28_days / nullif(pieces_28_days, 0) as at_stake
from cover
