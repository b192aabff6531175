/*
grain: one row per SKU of the product, as counted last, the lowest stock first
note: the SKUs are those of the product's item number, and those of its order lines
of: [product]
place: 2
title: {zh: 各 SKU 库存, en: Stock by SKU}
columns:
  name: {title: {zh: SKU, en: SKU}, as: id}
  available: {title: {zh: 可用库存, en: Available}, as: count}
  on_hand: {title: {zh: 实物库存, en: On hand}, as: count}
  pieces_28_days: {title: {zh: 近 28 天售出, en: Sold in 28 days}, as: count}
  days_of_cover: {title: {zh: 可售天数, en: Days of cover}, as: metric}
  counted_on: {title: {zh: 盘点日, en: Counted}, as: day}
*/
with product as (
    select item_number from marts.dim_entity
    where shop = $shop and entity_type = 'product' and entity = $entity
),

lines as (
    select distinct sku
    from marts.fct_order_line
    where shop = $shop and product_id = $entity
),

stock as (
    select * from marts.fct_stock_cover_day
    where
        shop = $shop
        and (item_number in (select item_number from product) or sku in (select sku from lines))
    qualify row_number() over (partition by sku order by day desc) = 1
)

select
    sku as name,
    'sku' as entity_type,
    sku as entity,
    available,
    on_hand,
    pieces_28_days,
    available / nullif(greatest(cast(pieces_28_days as double), 1) / nullif(days_in_stock, 0), 0) as days_of_cover,
    'days' as unit,
    day as counted_on,
    currency
from stock
order by available nulls last, sku
