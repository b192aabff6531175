/*
title: {zh: 缺货损失, en: sales lost to stock-outs}
stage: 3
grains: {sku: [day], shop: [day, week, month]}
partition: onward
value: sum
unit: money
direction: down
inputs: [stock, product_day]
numerator: {zh: 缺货 SKU 的日均成交额, en: daily sales of the SKUs that are out of stock}
denominator: {zh: 不适用, en: does not apply}
definition:
  zh: 盘点时没有可用库存的 SKU，按近 28 天有货日的日均成交额计；全店为各 SKU 之和，一周为各盘点日之和
  en: >-
    of SKUs without available pieces at the count, the paid amount a day over the days in stock of the last 28 (7 of them at
    least); of the shop the sum of its SKUs, over a week the sum of the days counted
caveat:
  zh: 只算有盘点的日子；当天仍卖出的（如预售）不扣；缺货 28 天以上的没有销量可依，不计；不考虑买家改买别的规格
  en: >-
    only days with a count; what was sold that day all the same (presales) is not taken off; nothing is known of a SKU that has been out
    for 28 days; buyers who took another SKU instead are not considered
at_stake:
  zh: 照此一天再少卖这么多
  en: what another day like this one loses
evidence: stock
source: manual 2.2 (stock warning); stock and traffic exports
*/
with cover as (
    select * from marts.fct_stock_cover_day
    where available is not null and days_in_stock >= 7
),

lost as (
    select
        shop,
        sku,
        day,
        if(available <= 0, cast(sales_28_days / days_in_stock as decimal(18, 2)), 0) as amount
    from cover
)

select
    shop,
    unnest([
        {'entity_type': 'sku', 'entity': sku},
        {'entity_type': 'shop', 'entity': shop}
    ], recursive := true),
    day,
    amount as numerator,
    amount as at_stake
from lost
