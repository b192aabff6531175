-- Shops whose order lines are incomplete: sums over products are too small there.
create or replace table meta.warnings as
with counted as (
    select
        shop,
        min(day) as first_day,
        max(day) as last_day,
        cast(sum(orders_paid) as bigint) as orders_paid,
        cast(sum(orders_with_lines) as bigint) as orders_with_lines
    from intermediate.int_line_coverage_day
    group by shop
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
