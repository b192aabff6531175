/*
grain: one row a line of an order, as its file has it (exact repeats are real lines)
partition: day
note: >
  A line lies on the day of its order. Where no export says when the order was placed, the line waits on the day of
  its own export: without status, is_paid and times, and in no KPI, until the order list comes. The paid lines of an
  order share its subtotal by value and to the cent, so discounts on the whole order lower each line. Value is, for all
  lines of an order alike, the first of these that every line states: money paid for the line; its amount less its own
  discount; pieces; else lines count alike. A gift of price zero has no share.
columns:
  is_paid: Whether the line was paid; missing where the order is not known yet
  product_key: The product id, else the name that the line gives its product, else no_product
  revenue: >-
    The line's share of the order's subtotal, without postage and added tax and gross of later refunds; 0 where it is
    not paid, missing while the order is not known
  refunded: >-
    Money given back for the line, as the line-level export says it, up to its revenue; of a cancellation its share of
    the order's refund. Missing while it is unknown; where nothing of the order was refunded, nothing of its lines was
*/
with order_lines as (
    select *
    from intermediate.int_order_lines
    semi join touched_orders using (shop, order_id)
),

orders as (
    select *
    from marts.fct_order
    semi join touched_orders using (shop, order_id)
),

shops as (
    select * from staging.stg_shops
),

placed as (
    select
        order_lines.* exclude (day, status, is_paid, order_refunded, buyer, region, currency, ordered_at, paid_at),
        coalesce(orders.day, order_lines.day) as day,
        orders.status,
        if(orders.input = 'orders', orders.is_paid, order_lines.is_paid) as is_paid,
        coalesce(order_lines.buyer, orders.buyer) as buyer,
        coalesce(order_lines.region, orders.region) as region,
        coalesce(order_lines.currency, orders.currency) as currency,
        coalesce(order_lines.ordered_at, orders.ordered_at) as ordered_at,
        coalesce(order_lines.paid_at, orders.paid_at) as paid_at,
        orders.is_paid as order_is_paid,
        orders.refunded as order_refunded,
        if(orders.status = 'refund', -orders.refunded, orders.subtotal) as order_money,
        order_lines.line_paid
        - coalesce(order_lines.line_postage, 0)
        + coalesce(order_lines.line_postage_discount, 0)
        - coalesce(order_lines.added_tax, 0) as paid_value,
        coalesce(order_lines.line_amount, order_lines.quantity * order_lines.unit_price)
        - coalesce(order_lines.line_discount, 0)
        + coalesce(order_lines.line_postage_discount, 0) as amount_value
    from order_lines
    left join orders using (shop, order_id)
),

weighted as (
    select
        *,
        cast(
            case
                when count(paid_value) over alike = count(*) over alike and sum(abs(paid_value)) over alike > 0
                    then paid_value
                when count(amount_value) over alike = count(*) over alike and sum(abs(amount_value)) over alike > 0
                    then amount_value
                when sum(abs(quantity)) over alike > 0 then coalesce(abs(quantity), 0)
                else 1
            end as decimal(18, 4)
        ) as weight
    from placed
    window alike as (partition by shop, order_id, is_paid)
),

-- Sums up to each line are rounded, not shares, so that they come to the whole. By the size of the weights, as returns
-- among sales would else enlarge the shares.
shared as (
    select
        *,
        cast(
            sum(weight) over up_to_line
            + (cast(order_money as double) - sum(weight) over alike)
            * (sum(abs(weight)) over up_to_line / sum(abs(weight)) over alike)
            as decimal(18, 2)
        ) as money_up_to
    from weighted
    window
        alike as (partition by shop, order_id, is_paid),
        up_to_line as (
            partition by shop, order_id, is_paid order by line_id, load_id, line rows unbounded preceding
        )
),

touched as (
    select
        *,
        money_up_to - lag(money_up_to, 1, 0) over (
            partition by shop, order_id, is_paid order by line_id, load_id, line
        ) as share
    from shared
    semi join touched_days using (shop, day)
)

select
    touched.shop,
    touched.day,
    touched.order_id,
    touched.line_id,
    touched.product_id,
    touched.product_key,
    touched.sku,
    touched.item_number,
    touched.product_name,
    touched.spec,
    touched.status,
    touched.is_paid,
    touched.quantity,
    touched.unit_price,
    cast(coalesce(touched.line_amount, touched.quantity * touched.unit_price) as decimal(18, 4)) as line_amount,
    touched.line_paid,
    cast(
        case
            when touched.order_is_paid and touched.is_paid then touched.share
            when touched.order_is_paid is not null then 0
        end as decimal(18, 2)
    ) as revenue,
    cast(
        case
            when touched.is_paid and touched.status = 'refund' then -touched.share
            when touched.order_refunded = 0 then coalesce(touched.line_refunded, 0)
            when touched.order_is_paid and touched.is_paid and touched.line_refunded > greatest(touched.share, 0)
                then greatest(touched.share, 0)
            else touched.line_refunded
        end as decimal(18, 2)
    ) as refunded,
    touched.refund_status,
    coalesce(touched.currency, shops.currency) as currency,
    touched.buyer,
    touched.region,
    touched.ordered_at,
    touched.paid_at,
    touched.source,
    touched.load_id,
    touched.line
from touched
inner join shops using (shop)
