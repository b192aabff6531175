/*
grain: one row a product and week (Monday to Sunday) of a line-level order export
partition: week
note: lines with a negative amount are returns
*/
with order_lines as (
    select
        *,
        cast(date_trunc('week', day) as date) as week_start
    from marts.fct_order_line
),

touched_lines as (
    select *
    from order_lines
    semi join touched_weeks using (shop, week_start)
)

select
    shop,
    week_start,
    product_id,
    cast(sum(quantity) as bigint) as quantity,
    cast(round(coalesce(sum(line_amount) filter (where line_amount > 0), 0), 2) as decimal(18, 2)) as revenue,
    cast(round(coalesce(-sum(line_amount) filter (where line_amount < 0), 0), 2) as decimal(18, 2)) as refunded,
    any_value(currency) as currency
from touched_lines
group by shop, week_start, product_id
