/*
grain: >
  one row per shop, week and part of its profit - a product, or amounts that belong to no product - with the shop as a whole
  first
partition: onward
note: >
  What is unknown on one day is missing for the week, and lacks_zh and lacks_en name it. Products and
  amounts that belong to no product add up to the shop, except in a week in which an order lacks its lines: what products
  sold is unknown then.
columns:
  part: "Whose profit it is: shop, product, or unallocated (postage, orders without lines, and ad spend and costs that name
    no product)"
  entity: The shop, or the product; missing for amounts that belong to no product
  entity_name: Name of the shop or product
  revenue: Money paid, without added tax, before refunds; missing for products in a week with orders without lines
  fees: Commission and fees for the payment
  freight: Freight of the orders sent and of those returned
  other_costs: Tax that prices include, and other costs
  goods: Pieces sold at their unit costs, less what returned goods are worth that are sold again
  profit_rate: Profit by the amount after refunds; missing without any
  break_even_roas: Revenue by margin_before_ads; ads with a lower ROAS lose money. Missing where nothing is earned before ads
  lacks_zh: What is missing to work out the profit, in Chinese; empty if nothing is
  lacks_en: What is missing to work out the profit, in English; empty if nothing is
  completeness: Share of the week's days for which everything that profit needs is known; of products their own costs aside
*/
with product_week as (
    select * from marts.fct_product_profit_week
    where week_start >= first_week()
),

shop_week as (
    select * from marts.fct_profit_week
    where week_start >= first_week()
),

coverage as (
    select * from kpi.period_coverage
    where grain = 'week' and metric in ('profit', 'product_profit')
),

entities as (
    select * from marts.dim_entity
    where entity_type in ('product', 'shop')
),

night as (
    select night from meta.night
),

parts as (
    select *, if(product_id is null, 'unallocated', 'product') as part, product_id as entity from product_week
    union all by name
    select *, 'shop' as part, shop as entity from shop_week
),

summed as (
    select
        shop,
        week_start,
        part,
        entity,
        currency,
        revenue,
        refunded,
        cast(goods - goods_returned as decimal(18, 2)) as goods,
        cast(commission + payment_fees as decimal(18, 2)) as fees,
        cast(freight + return_freight as decimal(18, 2)) as freight,
        cast(tax + other_costs as decimal(18, 2)) as other_costs,
        margin_before_ads,
        ad_spend,
        profit,
        unknown
    from parts
)

select
    summed.shop,
    summed.week_start,
    cast(summed.week_start + 6 as date) as week_end,
    summed.part,
    summed.entity,
    entities.name as entity_name,
    summed.currency,
    summed.revenue,
    summed.refunded,
    summed.goods,
    summed.fees,
    summed.freight,
    summed.other_costs,
    summed.margin_before_ads,
    summed.ad_spend,
    summed.profit,
    cast(summed.profit as double) / nullif(cast(summed.revenue - summed.refunded as double), 0) as profit_rate,
    if(
        summed.margin_before_ads > 0, cast(summed.revenue as double) / cast(summed.margin_before_ads as double), null
    ) as break_even_roas,
    concat_ws(
        '、',
        if(list_contains(summed.unknown, 'order_refunds'), '退款', null),
        if(list_contains(summed.unknown, 'order_products'), '订单明细', null),
        if(list_contains(summed.unknown, 'goods_costs'), '商品成本', null),
        if(list_contains(summed.unknown, 'selling_costs'), '销售费用', null),
        if(list_contains(summed.unknown, 'ad_spend'), '推广费', null)
    ) as lacks_zh,
    concat_ws(
        ', ',
        if(list_contains(summed.unknown, 'order_refunds'), 'refunds', null),
        if(list_contains(summed.unknown, 'order_products'), 'order lines', null),
        if(list_contains(summed.unknown, 'goods_costs'), 'product costs', null),
        if(list_contains(summed.unknown, 'selling_costs'), 'selling costs', null),
        if(list_contains(summed.unknown, 'ad_spend'), 'ad spend', null)
    ) as lacks_en,
    cast(coverage.days_covered as double) / nullif(coverage.days_expected, 0) as completeness,
    summed.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from summed
cross join night
left join coverage
    on
        summed.shop = coverage.shop
        and summed.week_start = coverage.period_start
        and coverage.metric = if(summed.part = 'product', 'product_profit', 'profit')
left join entities
    on
        summed.shop = entities.shop
        and summed.entity = entities.entity
        and summed.part = entities.entity_type
where summed.week_start <= night.night
