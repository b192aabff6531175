/*
grain: one row per day on which the SKU was counted, the newest first, at most 14
of: [sku]
place: 1
title: {zh: 近 14 次盘点, en: The last 14 counts}
columns:
  day: {title: {zh: 日期, en: Day}, as: day}
  available: {title: {zh: 可用库存, en: Available}, as: count}
  on_hand: {title: {zh: 实物库存, en: On hand}, as: count}
  open_pieces: {title: {zh: 待发件数, en: To be shipped}, as: count}
  pieces_28_days: {title: {zh: 近 28 天售出, en: Sold in 28 days}, as: count}
  sales_28_days: {title: {zh: 近 28 天成交额, en: Sales in 28 days}, as: money}
*/
with stock as (
    select * from marts.fct_stock_cover_day
    where shop = $shop and sku = $entity
)

select
    day,
    available,
    on_hand,
    open_pieces,
    pieces_28_days,
    sales_28_days,
    currency
from stock
order by day desc
limit 14
