-- Shops whose order lines are incomplete: sums over products are too small there.
create or replace table meta.warnings as
with orders as (
    select shop, order_id, day
    from marts.fct_order
    where is_paid
),

lines as (
    select distinct shop, order_id
    from marts.fct_order_line
),

counted as (
    select
        orders.shop,
        min(orders.day) as first_day,
        max(orders.day) as last_day,
        cast(count(*) as bigint) as orders_paid,
        cast(count(lines.order_id) as bigint) as orders_with_lines
    from orders
    left join lines using (shop, order_id)
    group by orders.shop
)

select
    shop,
    'marts.fct_order_line' as table_name,
    first_day,
    last_day,
    orders_paid,
    orders_with_lines,
    orders_paid || ' 笔已付款订单中，' || orders_with_lines || ' 笔有商品明细：按商品汇总的成交额和件数偏低' as warning_zh,
    orders_with_lines || ' of ' || orders_paid || ' paid orders have lines: revenue and pieces summed over products are too low'
        as warning_en
from counted
where orders_with_lines < orders_paid
