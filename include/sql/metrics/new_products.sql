/*
title: {zh: 上新款数, en: new products}
stage: 3
by: [shop]
unit: count
direction: up
inputs: [product_costs]
numerator: {zh: 当期上架的商品数, en: products listed in the period}
denominator: {zh: 表中有上架日期的商品数, en: products whose listing day is known}
definition:
  zh: 成本与价格表中上架日期在当期内的商品数
  en: products whose listing day in the cost workbook lies in the period
caveat:
  zh: 没写进表里的新品不计；一个上架日期都没写的店铺没有这个指标
  en: a new product that the workbook lacks is not counted; a shop whose workbook names no listing day has no such number
at_stake: {zh: 不适用, en: does not apply}
source: manual 1 and 3 (2 new products a week if that is the target); cost workbook
*/
with periods as (
    select
        *,
        period_end(grain, period_start) as period_end
    from touched_periods
    where grain in ('week', 'month')
),

prices as (
    select * from marts.dim_product_price
),

products as (
    select shop, product_id, min(listed_on) as listed_on
    from prices
    where listed_on is not null
    group by shop, product_id
),

counted as (
    select
        periods.shop,
        periods.grain,
        periods.period_start,
        count(*) filter (where products.listed_on between periods.period_start and periods.period_end) as listed,
        count(*) as products
    from periods
    inner join products using (shop)
    group by periods.shop, periods.grain, periods.period_start
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    grain,
    period_start,
    cast(listed as decimal(18, 4)) as numerator,
    cast(products as decimal(18, 4)) as denominator,
    cast(listed as double) as value,
    cast(null as decimal(18, 2)) as at_stake
from counted
