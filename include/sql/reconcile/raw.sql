/*
grain: one row per shop and day whose rows or money of one input are not those of the raw warehouse
variants:
  raw_ad_day: {parameters: {raw: raw.ad_day, staged: staging.stg_ad_day, money: spend}}
  raw_order_lines: {parameters: {raw: raw.order_lines, staged: staging.stg_order_lines, money: line_amount}}
  raw_orders: {parameters: {raw: raw.orders, staged: staging.stg_orders, money: paid}}
  raw_product_day: {parameters: {raw: raw.product_day, staged: staging.stg_product_day, money: pay_amount}}
*/
with original as (
    select shop, day, $money as money from $raw
),

staged as (
    select shop, day, $money as money from $staged
)

select 'expected' as side, shop, day, 1 as row_count, money
from original
union all by name
select 'found' as side, shop, day, 1 as row_count, money
from staged
