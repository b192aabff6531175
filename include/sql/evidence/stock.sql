/*
grain: one row per stock-keeping unit of the item on the last day, this one first, then the one that lasts shortest
columns:
  sku: {title: {zh: SKU, en: SKU}}
  available: {title: {zh: 可用, en: Available}, unit: pieces}
  on_hand: {title: {zh: 实存, en: In the warehouse}, unit: pieces}
  open_pieces: {title: {zh: 待发, en: To be shipped}, unit: pieces}
  on_order: {title: {zh: 在途补货, en: On order}, unit: pieces}
  pieces_a_day: {title: {zh: 日均销量, en: Sold a day}, unit: pieces}
  days_of_cover: {title: {zh: 可售天数, en: Lasts}, unit: days}
*/
with stock_day as (
    select * from marts.fct_stock_day
    where shop = $shop and day = $last_day
),

cover_day as (
    select * from marts.fct_stock_cover_day
    where shop = $shop and day = $last_day
),

item as (
    select item_number from stock_day
    where sku = $entity
)

select
    stock_day.sku,
    stock_day.available,
    stock_day.on_hand,
    cover_day.open_pieces,
    stock_day.on_order,
    cover_day.pieces_28_days / nullif(cover_day.days_in_stock, 0) as pieces_a_day,
    stock_day.available * cover_day.days_in_stock / nullif(cover_day.pieces_28_days, 0) as days_of_cover
from stock_day
left join cover_day using (sku)
left join item on stock_day.item_number = item.item_number
where stock_day.sku = $entity or item.item_number is not null
order by stock_day.sku = $entity desc, days_of_cover nulls last, stock_day.sku
