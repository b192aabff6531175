/*
title: {zh: 商品浏览量, en: product views}
stage: 3
by: [product]
unit: count
direction: up
inputs: [product_day]
numerator: {zh: 商品浏览量, en: "views of the product's page"}
denominator: {zh: 商品访客数, en: visitors of the product}
definition:
  zh: 一周各日商品详情页被浏览的次数之和
  en: views of the product's page, summed over the days of the week
caveat:
  zh: 次数，不是人数
  en: views, not people
at_stake: {zh: 不适用, en: does not apply}
source: manual 3 (products, weekly optimisation); 生意参谋 商品_全部
*/
with product_week as (
    select *
    from marts.fct_product_week
    semi join touched_weeks using (shop, week_start)
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    'week' as grain,
    week_start as period_start,
    cast(views as decimal(18, 4)) as numerator,
    cast(visitors as decimal(18, 4)) as denominator,
    cast(views as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from product_week
