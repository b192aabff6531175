/*
grain: one row per line of an order that a refund export names
partition: order
note: >
  A refund names a line by its id, else by its SKU, else by its product. Where several lines of the order fit, they share
  it: by the refunds that their own export states, else by value, else equally. A refund that names no paid line of
  its order belongs to the order alone.
columns:
  refunded: Sum of the refunds that were carried out for the line, postage included
  postage: The part of them that the export states as postage
*/
with refunds as (
    select *
    from staging.stg_refunds
    semi join changed_orders using (shop, order_id)
    where status = 'refunded'
),

order_lines as (
    select *
    from intermediate.int_order_lines
    semi join changed_orders using (shop, order_id)
    where coalesce(is_paid, true)
),

named as (
    select
        refunds.shop,
        refunds.order_id,
        refunds.load_id as refund_load_id,
        refunds.line as refund_line,
        refunds.amount,
        coalesce(refunds.postage_amount, 0) as postage_amount,
        order_lines.load_id,
        order_lines.line,
        order_lines.line_id,
        coalesce(not_below_zero(order_lines.line_refunded), 0) as line_refunded,
        coalesce(not_below_zero(order_lines.line_gross), 0) as line_gross,
        case
            when refunds.line_id = order_lines.line_id then 1
            when refunds.sku = order_lines.sku then 2
            when refunds.product_id = order_lines.product_id then 3
        end as place
    from refunds
    inner join order_lines using (shop, order_id)
    where place is not null
    qualify place = min(place) over (partition by refunds.shop, refunds.load_id, refunds.line)
),

weighted as (
    select
        *,
        cast(
            case
                when sum(line_refunded) over alike > 0 then line_refunded
                when sum(line_gross) over alike > 0 then line_gross
                else 1
            end as double
        ) as weight
    from named
    window alike as (partition by shop, refund_load_id, refund_line)
),

-- Sums up to each line are rounded, not shares, so that they come to the whole.
shared as (
    select
        *,
        cast(amount * sum(weight) over up_to_line / sum(weight) over alike as decimal(18, 2)) as amount_up_to,
        cast(postage_amount * sum(weight) over up_to_line / sum(weight) over alike as decimal(18, 2)) as postage_up_to
    from weighted
    window
        alike as (partition by shop, refund_load_id, refund_line),
        up_to_line as (
            partition by shop, refund_load_id, refund_line order by line_id, load_id, line rows unbounded preceding
        )
),

parted as (
    select
        *,
        amount_up_to - lag(amount_up_to, 1, 0) over in_order as amount_of_line,
        postage_up_to - lag(postage_up_to, 1, 0) over in_order as postage_of_line
    from shared
    window in_order as (partition by shop, refund_load_id, refund_line order by line_id, load_id, line)
)

select
    shop,
    order_id,
    load_id,
    line,
    cast(sum(amount_of_line) as decimal(18, 2)) as refunded,
    cast(sum(postage_of_line) as decimal(18, 2)) as postage
from parted
group by shop, order_id, load_id, line
