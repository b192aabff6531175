/*
title: {zh: 同一希望的提及数, en: mentions of one wish}
stage: 3
grains: {product: [week]}
partition: whole
value: last
unit: count
direction: down
inputs: [reviews]
numerator: {zh: 提得最多的希望的次数, en: mentions of the wish that is named most}
denominator: {zh: 写了希望的评价数, en: reviews that name a wish}
definition:
  zh: 截至本周的四周内，商品评价中提得最多的那个希望被提到几次
  en: how often the product's reviews of the four weeks up to this one name the wish that they name most
caveat:
  zh: 只算评价主题表里归了类的希望，“其他”不算；具体是哪个希望见 fct_product_wish_week
  en: wishes that the review workbook sorts, without "other"; which wish it is stands in fct_product_wish_week
at_stake: {zh: 不适用, en: does not apply}
evidence: wishes
source: manual 3 (products, what reviews ask for); review workbook
*/
with wishes as (
    select * from marts.fct_product_wish_week
)

select
    shop,
    'product' as entity_type,
    product_id as entity,
    week_start as day,
    max(mentions) as numerator,
    sum(mentions) as denominator
from wishes
group by shop, product_id, week_start
