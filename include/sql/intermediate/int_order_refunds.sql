/*
grain: one row per order in a refund export
partition: order
note: >
  Where every refund of the order names its lines, further refunds that the order lines state are added: a closed sub-order
  and another one in the after-sales list are two refunds. Where a refund names no line, both may be the same
  money.
columns:
  refunded: Sum of the refunds that were carried out, with those that only the lines state
*/
with refunds as (
    select *
    from staging.stg_refunds
    semi join changed_orders using (shop, order_id)
),

order_lines as (
    select *
    from intermediate.int_order_lines
    semi join changed_orders using (shop, order_id)
),

line_refunds as (
    select *
    from intermediate.int_line_refunds
    semi join changed_orders using (shop, order_id)
),

summed as (
    select
        shop,
        order_id,
        coalesce(sum(amount) filter (where status = 'refunded'), 0) as amount
    from refunds
    group by shop, order_id
),

of_lines as (
    select
        order_lines.shop,
        order_lines.order_id,
        coalesce(sum(line_refunds.refunded), 0) as amount_named,
        coalesce(
            sum(not_below_zero(order_lines.line_refunded - coalesce(line_refunds.refunded, 0)))
                filter (where order_lines.is_paid and order_lines.order_paid is null),
            0
        ) as amount_beyond
    from order_lines
    left join line_refunds using (shop, order_id, load_id, line)
    group by order_lines.shop, order_lines.order_id
)

select
    summed.shop,
    summed.order_id,
    cast(
        summed.amount + if(summed.amount = of_lines.amount_named, of_lines.amount_beyond, 0) as decimal(18, 2)
    ) as refunded
from summed
left join of_lines using (shop, order_id)
