/*
grain: one row per product and span of days in which its cost and prices do not change
note: >
  A line about one unit of the product goes before the line about all of them. Where a product has lines about units
  only, its cost and prices are their plain averages: sales are not reported by unit.
columns:
  unit_cost: >-
    Unit cost and Other cost per piece of the cost workbook: what the piece costs to buy or make, and what the shop entered
    besides. Profit takes off this and every selling cost; what is in both counts twice, unless the workbook of selling costs
    marks it as part of the product's cost
  price_lines: Lines of the cost workbook that hold for the product
  lines_out_of_order: >
    Lines whose campaign price is above the member price, either above the everyday price, the cost above the everyday
    price, or one of the four more than 20 times another, as where one is in fen and another in yuan
  restock_days: Days from ordering new stock to its arrival, of the unit that takes longest
  listed_on: Day on which the product was listed; missing where no line states it
*/
with product_costs as (
    select * from staging.stg_product_costs
    where product_id is not null
),

shops as (
    select shop, currency from staging.stg_shops
),

spans as (
    select
        shop,
        product_id,
        valid_from,
        cast(lead(valid_from) over (partition by shop, product_id order by valid_from) - 1 as date) as valid_until
    from (select distinct shop, product_id, valid_from from product_costs)
),

holding as (
    select
        product_costs.* exclude (valid_from, valid_until),
        spans.valid_from,
        spans.valid_until,
        bool_or(product_costs.sku is null) over one_span as is_told_whole
    from spans
    inner join product_costs
        on
            spans.shop = product_costs.shop
            and spans.product_id = product_costs.product_id
            and spans.valid_from >= product_costs.valid_from
            and spans.valid_from <= coalesce(product_costs.valid_until, date '9999-12-31')
    window one_span as (partition by spans.shop, spans.product_id, spans.valid_from)
),

prices as (
    select
        shop,
        product_id,
        valid_from,
        any_value(valid_until) as valid_until,
        avg(cost + coalesce(other_cost, 0)) filter (where sku is null or not is_told_whole) as unit_cost,
        avg(everyday_price) filter (where sku is null or not is_told_whole) as everyday_price,
        avg(member_price) filter (where sku is null or not is_told_whole) as member_price,
        avg(campaign_price) filter (where sku is null or not is_told_whole) as campaign_price,
        count(*) as price_lines,
        count(*) filter (
            where campaign_price > member_price
                or campaign_price > everyday_price
                or member_price > everyday_price
                or cost > everyday_price
                or greatest(cost, everyday_price, member_price, campaign_price)
                > 20 * nullif(least(cost, everyday_price, member_price, campaign_price), 0)
        ) as lines_out_of_order,
        max(restock_days) as restock_days,
        min(listed_on) as listed_on
    from holding
    group by shop, product_id, valid_from
)

select
    prices.shop,
    prices.product_id,
    prices.valid_from,
    prices.valid_until,
    cast(prices.unit_cost as decimal(18, 4)) as unit_cost,
    cast(prices.everyday_price as decimal(18, 4)) as everyday_price,
    cast(prices.member_price as decimal(18, 4)) as member_price,
    cast(prices.campaign_price as decimal(18, 4)) as campaign_price,
    cast(prices.price_lines as bigint) as price_lines,
    cast(prices.lines_out_of_order as bigint) as lines_out_of_order,
    cast(prices.restock_days as bigint) as restock_days,
    prices.listed_on,
    shops.currency
from prices
inner join shops using (shop)
