/*
title: {zh: 前 5 名商品占比, en: share of the top 5 products}
stage: 3
grains: {shop: [week]}
value: ratio
unit: share
direction: down
nothing: not_applicable
inputs: [product_day]
parts: money
numerator: {zh: 前 5 名商品的支付金额, en: paid amount of the top 5 products}
denominator: {zh: 全部商品的支付金额, en: paid amount of all products}
definition:
  zh: 当周支付金额最高的 5 个商品占全部商品支付金额的比例
  en: paid amount of the week's five products that sold most, as a share of that of all products
caveat:
  zh: 按流量报表的商品支付金额，不扣退款；商品少于 6 个的店铺总是 100%
  en: of the traffic report's paid amounts, before refunds; a shop of five products or fewer always has 100%
at_stake: {zh: 不适用, en: does not apply}
source: manual 3 (products, weekly optimisation); 生意参谋 商品_全部
*/
with product_week as (
    select
        *,
        row_number() over (partition by shop, week_start order by pay_amount desc, product_id) as place
    from marts.fct_product_week
    where pay_amount is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    week_start as day,
    if(place <= 5, pay_amount, 0) as numerator,
    pay_amount as denominator
from product_week
