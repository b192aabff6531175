/*
title: {zh: 连续无订单天数, en: days without orders}
stage: 7
grains: {shop: [day]}
partition: whole
value: last
unit: days
direction: down
nothing: zero
inputs: [order_days]
numerator: {zh: 连续没有订单的天数, en: days in a row without an order}
denominator: {zh: 之前 8 周有订单的天数占比, en: share of days with orders in the 8 weeks before}
definition:
  zh: 到当天为止连续没有任何订单（不论是否付款）的营业天数；有订单的一天为 0
  en: open days in a row, up to the day, without any order, paid or not; 0 on a day with orders
caveat:
  zh: >-
    固定休息日不计；法定节假日没有订单也不计，除非本店以往节假日一半以上有单。订单导出没有写明导出时间时，以文件时间为准，
    可能只是导出时选的日期范围太短
  en: >-
    closed weekdays do not count, nor do public holidays without orders, unless the shop sold on half of those before;
    where an order export does not state its time, the file's own counts, and the export may have been cut to a range
at_stake: {zh: 平常一天的成交额，即下一天再无订单的损失, en: "usual revenue of a day, which one more day without orders costs"}
evidence: quiet_days
source: manual 7 (weekly review, default); order exports
*/
with silences as (
    select * from marts.fct_order_silence_day
)

select
    shop,
    'shop' as entity_type,
    shop as entity,
    day,
    silent_days as numerator,
    sold_share as denominator,
    usual_revenue as at_stake
from silences
