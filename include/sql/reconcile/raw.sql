/*
grain: one row per shop and day whose rows or money of one input are not those of the raw warehouse
variants:
  raw_ad_day: {parameters: {raw: raw.ad_day, staged: staging.stg_ad_day, money: spend}}
  raw_order_lines: {parameters: {raw: raw.order_lines, staged: staging.stg_order_lines, money: line_amount}}
  raw_orders: {parameters: {raw: raw.orders, staged: staging.stg_orders, money: paid}}
  raw_product_day: {parameters: {raw: raw.product_day, staged: staging.stg_product_day, money: pay_amount}}
*/
with expected as (
    select shop, day, count(*) as row_count, sum($money) as money
    from $raw
    group by shop, day
),

found as (
    select shop, day, count(*) as row_count, sum($money) as money
    from $staged
    group by shop, day
),

compared as (
    select
        coalesce(expected.shop, found.shop) as shop,
        coalesce(expected.day, found.day) as day,
        coalesce(expected.row_count, 0) as rows_expected,
        coalesce(found.row_count, 0) as rows_found,
        cast(coalesce(expected.money, 0) as decimal(18, 2)) as money_expected,
        cast(coalesce(found.money, 0) as decimal(18, 2)) as money_found
    from expected
    full join found
        on
            expected.shop = found.shop
            and expected.day = found.day
)

select shop, day, rows_expected, rows_found, money_expected, money_found
from compared
where rows_expected != rows_found or money_expected != money_found
