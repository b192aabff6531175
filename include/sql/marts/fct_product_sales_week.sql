/*
grain: one row a product and week (Monday to Sunday) of a line-level order export
partition: week
note: >
  Paid lines in the shop's own currency that name their product. A line is worth what was paid for it, else its
  amount, which reductions of the whole order do not lower. Lines with a negative amount are returns.
*/
with order_lines as (
    select
        *,
        cast(date_trunc('week', day) as date) as week_start
    from marts.fct_order_line
    where is_paid and product_id is not null
),

shops as (
    select * from staging.stg_shops
),

touched_lines as (
    select
        *,
        coalesce(line_paid, line_amount) as amount
    from order_lines
    semi join touched_weeks using (shop, week_start)
    semi join shops using (shop, currency)
)

select
    shop,
    week_start,
    product_id,
    cast(sum(quantity) as bigint) as quantity,
    cast(round(coalesce(sum(amount) filter (where amount > 0), 0), 2) as decimal(18, 2)) as revenue,
    cast(
        round(coalesce(-sum(amount) filter (where amount < 0), 0) + coalesce(sum(refunded), 0), 2)
        as decimal(18, 2)
    ) as refunded,
    any_value(currency) as currency
from touched_lines
group by shop, week_start, product_id
