/*
grain: one row per line of an order, as its file has it (exact repeats are real lines)
partition: day
note: >
  A line has the day of its order. Where no export states when the order was placed, the line waits on the day of
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
    Money given back for the line, up to its revenue: what exports state of the line or its product, and a share by value
    of what they state of the order alone. Postage and added tax that go back belong to no line. Of a cancellation its
    share of the order's refund. Missing while it is unknown
*/
with order_lines as (
    select *
    from intermediate.int_order_lines
    semi join changed_orders using (shop, order_id)
),

line_refunds as (
    select *
    from intermediate.int_line_refunds
    semi join changed_orders using (shop, order_id)
),

orders as (
    select *
    from marts.fct_order
    semi join changed_orders using (shop, order_id)
),

shops as (
    select * from staging.stg_shops
),

placed as (
    select
        order_lines.* exclude (day, status, is_paid, order_refunded, order_subtotal, buyer, region, currency, ordered_at, paid_at),
        coalesce(orders.day, order_lines.day) as day,
        orders.status,
        if(orders.input = 'orders', orders.is_paid, order_lines.is_paid) as is_paid,
        coalesce(order_lines.buyer, orders.buyer) as buyer,
        coalesce(order_lines.region, orders.country) as country,
        coalesce(order_lines.currency, orders.currency) as currency,
        coalesce(order_lines.ordered_at, orders.ordered_at) as ordered_at,
        coalesce(order_lines.paid_at, orders.paid_at) as paid_at,
        orders.is_paid as order_is_paid,
        orders.refunded as order_refunded,
        orders.subtotal as order_subtotal,
        not_below_zero(orders.paid_gross - orders.subtotal) as order_beside_goods,
        greatest(order_lines.line_refunded, line_refunds.refunded) as stated,
        greatest(order_lines.line_refunded, line_refunds.refunded - line_refunds.postage) as stated_of_goods,
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
    left join line_refunds
        on
            order_lines.shop = line_refunds.shop
            and order_lines.order_id = line_refunds.order_id
            and order_lines.load_id = line_refunds.load_id
            and order_lines.line = line_refunds.line
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

changed as (
    select
        *,
        money_up_to - lag(money_up_to, 1, 0) over (
            partition by shop, order_id, is_paid order by line_id, load_id, line
        ) as share
    from shared
    semi join changed_days using (shop, day)
),

earned as (
    select
        *,
        case
            when order_is_paid and is_paid then share
            when order_is_paid is not null then 0
        end as revenue
    from changed
),

capped as (
    select
        *,
        if(stated is null, null, least(not_below_zero(stated_of_goods), not_below_zero(revenue))) as refunded_goods,
        not_below_zero(revenue) - coalesce(refunded_goods, 0) as room
    from earned
),

-- What exports state of the order beyond its lines is shared by the room that is left in them. At most the postage and
-- the added tax of the order stay outside.
measured as (
    select
        *,
        sum(coalesce(refunded_goods, 0)) over alike as goods_stated,
        goods_stated + least(
            greatest(
                order_refunded - sum(coalesce(stated, 0)) over alike,
                order_refunded - order_beside_goods - goods_stated,
                0
            ),
            not_below_zero(order_subtotal - goods_stated)
        ) as goods_refunded,
        sum(coalesce(refunded_goods, 0)) over up_to_line as goods_stated_up_to,
        sum(room) over up_to_line / nullif(cast(sum(room) over alike as double), 0) as room_up_to
    from capped
    window
        alike as (partition by shop, order_id, is_paid),
        up_to_line as (
            partition by shop, order_id, is_paid order by line_id, load_id, line rows unbounded preceding
        )
),

returned as (
    select
        *,
        cast(
            if(
                goods_stated > order_refunded,
                cast(order_refunded as double) * goods_stated_up_to / goods_stated,
                goods_stated_up_to + (goods_refunded - goods_stated) * coalesce(room_up_to, 0)
            ) as decimal(18, 2)
        ) as refunded_up_to
    from measured
),

parted as (
    select
        *,
        refunded_up_to - lag(refunded_up_to, 1, 0) over (
            partition by shop, order_id, is_paid order by line_id, load_id, line
        ) as refunded_share
    from returned
)

select
    parted.shop,
    parted.day,
    parted.order_id,
    parted.line_id,
    parted.product_id,
    parted.product_key,
    parted.sku,
    parted.item_number,
    parted.product_name,
    parted.spec,
    parted.status,
    parted.is_paid,
    parted.quantity,
    parted.unit_price,
    cast(coalesce(parted.line_amount, parted.quantity * parted.unit_price) as decimal(18, 4)) as line_amount,
    parted.line_paid,
    cast(parted.revenue as decimal(18, 2)) as revenue,
    cast(
        case
            when parted.is_paid and parted.status = 'refund' then -parted.share
            when not (parted.order_is_paid and parted.is_paid) then 0
            when parted.order_refunded is not null then parted.refunded_share
            else parted.refunded_goods
        end as decimal(18, 2)
    ) as refunded,
    parted.refund_status,
    coalesce(parted.currency, shops.currency) as currency,
    parted.buyer,
    parted.country,
    parted.ordered_at,
    parted.paid_at,
    parted.source,
    parted.load_id,
    parted.line
from parted
inner join shops using (shop)
order by day
