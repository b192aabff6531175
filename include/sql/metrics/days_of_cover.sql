/*
title: {zh: 库存可售天数, en: days of cover}
stage: 3
grains: {sku: [day]}
partition: onward
value: given
unit: days
direction: up
inputs: [stock]
numerator: {zh: 可用件数, en: available pieces}
denominator: {zh: 有货日均销量, en: pieces sold a day in stock}
definition:
  zh: 可用件数除以有货日的日均销量（近 28 天，至少 7 个有货日）；28 天不足一件的按一件计，此时可售天数是下限
  en: >-
    available pieces divided by pieces sold a day, over the days in stock of the last 28 (7 of them at least); less
    than one piece sold counts as one, so that the number is then the least it can be
caveat:
  zh: 按过去的销量推算，不知道之后的活动；同一货号有多个规格的，销量平均分摊
  en: from past sales, it knows of no coming campaign; units of one item number share its sales evenly
at_stake:
  zh: （28 天销量 − 可用件数）× 平均卖价；库存够卖 28 天的不计；积压的货款不算损失
  en: >-
    (28 days of sales - available pieces) x average price; none where the stock lasts for 28 days, as money tied up in
    stock is not lost
evidence: stock
source: manual 3 (products, hot sellers restocked, never overstock); stock and traffic exports
*/
with cover as (
    select * from marts.fct_stock_cover_day
    where days_in_stock >= 7
),

paced as (
    select
        *,
        greatest(pieces_28_days, 1) as pieces,
        28 * pieces_28_days / days_in_stock as pieces_needed
    from cover
)

select
    shop,
    'sku' as entity_type,
    sku as entity,
    day,
    available as numerator,
    pieces / days_in_stock as denominator,
    available * days_in_stock / pieces as value,  -- divides once: 7 days are no 6.999
    if(
        available < pieces_needed, (pieces_needed - available) * sales_28_days / nullif(pieces_28_days, 0), null
    ) as at_stake
from paced
