/*
title: {zh: 建议补货件数, en: pieces to order}
stage: 3
grains: {sku: [day]}
partition: onward
value: given
unit: pieces
direction: down
inputs: [stock, product_costs]
numerator: {zh: 可用加在途件数, en: available pieces and those on order}
denominator: {zh: 有货日均销量, en: pieces sold a day in stock}
definition:
  zh: >-
    可用加采购在途件数不高于补货点时，补到够卖“补货天数 + 14 天”，含安全库存；否则为 0。补货点 = 日均销量 × 补货天数 +
    1.65 × 日销量标准差 × √补货天数，约 95% 不断货
  en: >-
    once available pieces and those on order are down to the reorder point: the sales of the restock days and 14 more,
    with a safety stock, less these pieces; else 0. The reorder point is sales a day x restock days + 1.65 x standard deviation of
    sales a day x square root of the restock days, which is enough in about 95 of 100 cases
caveat:
  zh: >-
    按近 28 天有货日的销量推算，之后的活动另算（活动加备件数）；没填补货天数的商品不算；库存表没有采购在途的，已下的补货单不扣；不考虑起订量和供应商延误
  en: >-
    from the sales of 28 days; coming campaigns come on top (pieces for a coming campaign); only of products with restock days in the cost workbook;
    where the stock list has no goods on order, those under way are not taken off; minimum quantities and late suppliers
    are not considered
at_stake: {zh: 不适用, en: does not apply}
evidence: stock
source: manual 3 (products, hot sellers restocked); stock and traffic exports, cost workbook
*/
with cover as (
    select * from marts.fct_stock_cover_day
    where days_in_stock >= 7 and restock_days is not null
),

paced as (
    select
        *,
        pieces_28_days / days_in_stock as pieces_a_day,
        available + coalesce(on_order, 0) as pieces_there  -- as the caveat states
    from cover
)

select
    shop,
    'sku' as entity_type,
    sku as entity,
    day,
    pieces_there as numerator,
    pieces_a_day as denominator,
    pieces_to_order(pieces_a_day, deviation, restock_days, 14, 1.65, pieces_there) as value
from paced
