/*
title: {zh: 上新款数, en: new products}
stage: 3
by: [shop]
unit: count
direction: up
inputs: [product_costs]
numerator: {zh: 本周上架的商品数, en: products listed in the week}
denominator: {zh: 表中有上架日期的商品数, en: products whose listing day is known}
definition:
  zh: 成本与价格表中上架日期在本周内的商品数
  en: products whose listing day in the cost workbook lies in the week
caveat:
  zh: 没写进表里的新品不计；一个上架日期都没写的店铺没有这个指标
  en: a new product that the workbook lacks is not counted; a shop whose workbook names no listing day has no such number
at_stake: {zh: 不适用, en: does not apply}
source: manual 1 and 3 (2 new products a week if that is the target); cost workbook
*/
with weeks as (
    select * from touched_weeks
),

prices as (
    select * from marts.dim_product_price
),

products as (
    select shop, product_id, min(listed_on) as listed_on
    from prices
    where listed_on is not null
    group by shop, product_id
)

select
    weeks.shop,
    'shop' as entity_type,
    weeks.shop as entity,
    'week' as grain,
    weeks.week_start as period_start,
    cast(count(*) filter (where products.listed_on between weeks.week_start and weeks.week_start + 6)
        as decimal(18, 4)) as numerator,
    cast(count(*) as decimal(18, 4)) as denominator,
    cast(count(*) filter (where products.listed_on between weeks.week_start and weeks.week_start + 6) as double)
        as value,
    cast(null as decimal(18, 2)) as at_stake
from weeks
inner join products using (shop)
group by weeks.shop, weeks.week_start
