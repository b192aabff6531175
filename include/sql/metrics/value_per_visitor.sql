/*
title: {zh: 访客价值, en: value per visitor}
stage: 7
grains: {shop: [week, month]}
value: ratio
unit: money
direction: up
nothing: not_applicable
inputs: [shop_day]
numerator: {zh: 支付金额, en: paid amount}
denominator: {zh: 访客数, en: visitors}
definition:
  zh: 平台报告的支付金额除以访客数（UV 价值）
  en: paid amount as the platform reports it divided by visitors
caveat:
  zh: 支付金额是平台口径，与按订单算的成交额可能有出入
  en: the amount is the platform's own and may differ from revenue made from orders
at_stake: {zh: 不适用, en: does not apply}
source: manual 7 (weekly review); 生意参谋 店铺日数据, 京东商智 店铺
*/
with traffic_day as (
    select * from marts.fct_traffic_day
    where pay_amount is not null and visitors is not null
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    pay_amount as numerator,
    visitors as denominator
from traffic_day
