/*
title: {zh: 价格位置, en: price position}
stage: 1
grains: {product: [week]}
partition: whole
value: given
unit: ratio
direction: down
inputs: [competitors, product_costs]
numerator: {zh: 我们的日常价, en: our everyday price}
denominator: {zh: 竞品到手价均值, en: mean price of competing products}
definition:
  zh: 当周末我们的日常价除以竞品到手价的均值；高于 1 即比竞品贵
  en: our everyday price at the end of the week divided by the mean price of competing products; above 1 is dearer
caveat:
  zh: 以各竞品最近一次采集的价格为准，可能已经过时；没填对标商品ID的不比
  en: as competitors were last looked at, which may be a while ago; compared where our product's id is given
at_stake: {zh: 不适用, en: does not apply}
evidence: competitor_prices
source: manual 1 (price bands of competitors); shopwatch 竞品分析表, 商品成本价格表
*/
with competitor_price as (
    select * from marts.fct_competitor_price
    where product_id is not null and competitor_price is not null and everyday_price is not null
),

compared as (
    select
        shop,
        week_start,
        product_id,
        any_value(everyday_price) as everyday_price,
        avg(competitor_price) as competitor_price
    from competitor_price
    group by shop, week_start, product_id
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    week_start as day,
    everyday_price as numerator,
    competitor_price as denominator,
    cast(everyday_price as double) / nullif(competitor_price, 0) as value
from compared
