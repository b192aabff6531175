/*
title: {zh: 差评数, en: bad reviews}
stage: 6
grains: {theme: [week], product: [week], shop: [week]}
value: sum
unit: count
direction: down
nothing: zero
inputs: [reviews]
numerator: {zh: 差评数, en: bad reviews}
denominator: {zh: 评价数, en: reviews}
definition:
  zh: 当周 1 到 2 星的评价数，按主题、商品和全店统计
  en: reviews with 1 or 2 stars in the week, by what they are about, by product and of the shop
caveat:
  zh: 评价主题表先记差评，评价数不是全部评价；没写主题或商品的只计入全店；评价表起止之间没有评价的一周，全店记 0，主题和商品没有数
  en: >-
    the workbook takes bad reviews first, so not all reviews are in it; one without theme or product counts
    for the shop only; a week without reviews between the first and the last is 0 of the shop, and no row of
    themes and products
at_stake: {zh: 不适用, en: does not apply}
evidence: bad_reviews
source: manual 1 (market, bad reviews), 3 (what reviews ask for); shopwatch 评价主题表
*/
with reviews as (
    select * from marts.fct_review
),

covered_days as (
    select shop, day from intermediate.int_covered_days
    where input = 'reviews'
)

select
    shop,
    unnest([
        {'entity_type': 'theme', 'entity': theme},
        {'entity_type': 'product', 'entity': product_id},
        {'entity_type': 'shop', 'entity': shop}
    ], recursive := true),
    day,
    cast(is_bad as integer) as numerator,
    1 as denominator
from reviews
union all by name
select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    0 as numerator,
    0 as denominator
from covered_days
