/*
grain: one row per competing product, as looked at last
of: [product]
place: 5
title: {zh: 竞品价格, en: Prices of competitors}
columns:
  competitor: {title: {zh: 竞品店铺, en: Competitor}, as: text}
  competitor_product: {title: {zh: 竞品, en: Product}, as: text}
  competitor_price: {title: {zh: 竞品到手价, en: Its price}, as: money}
  everyday_price: {title: {zh: 本店日常价, en: Our everyday price}, as: money}
  price_gap: {title: {zh: 本店相对竞品, en: Ours against theirs}, as: change}
  competitor_pieces: {title: {zh: 竞品销量, en: Its sales}, as: count}
  our_edge: {title: {zh: 差异化, en: Our edge}, as: text}
  checked_on: {title: {zh: 查看日, en: Checked}, as: day}
*/
with looks as (
    select * from marts.fct_competitor_price
    where shop = $shop and product_id = $entity
)

select
    competitor,
    competitor_product,
    checked_on,
    competitor_price,
    everyday_price,
    cast(everyday_price as double) / nullif(cast(competitor_price as double), 0) - 1 as price_gap,
    competitor_pieces,
    our_edge,
    currency
from looks
qualify row_number() over (partition by competitor, competitor_product order by week_start desc) = 1
order by competitor_price, competitor, competitor_product
