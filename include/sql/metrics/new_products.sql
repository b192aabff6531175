/*
title: {zh: 上新款数, en: new products}
stage: 3
grains: {shop: [week, month]}
rows: period
value: sum
unit: count
direction: up
inputs: [product_costs]
numerator: {zh: 当期上架的商品数, en: products listed in the period}
denominator: {zh: 表中有上架日期的商品数, en: products whose listing day is known}
definition:
  zh: 成本与价格表中上架日期在当期内的商品数
  en: products first listed in the period, according to the cost workbook
caveat:
  zh: 没写进表里的新品不计；一个上架日期都没写的店铺没有这个指标
  en: products missing from the workbook are not counted; a shop without any listing date has no value
at_stake: {zh: 不适用, en: does not apply}
evidence: new_products
source: manual 1 and 3 (2 new products a week if that is the target); cost workbook
*/
with periods as (
    select * from intermediate.int_periods
    where grain in ('week', 'month')
),

prices as (
    select * from marts.dim_product_price
    where listed_on is not null
),

products as (
    select shop, product_id, min(listed_on) as listed_on
    from prices
    group by shop, product_id
)

select
    periods.shop,
    'shop' as entity_type,
    periods.shop as entity,
    periods.grain,
    periods.period_start,
    cast(products.listed_on between periods.period_start and periods.period_end as integer) as numerator,
    1 as denominator
from periods
inner join products using (shop)
