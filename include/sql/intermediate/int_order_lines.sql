/*
grain: one row per line of an order
partition: order
note: >
  Where several exports list the lines of one order, one counts: the one whose lines have ids. A line
  that was paid and then closed was given back as a whole, where its export states no amount. Lines do not state the
  stages of a presale: a closed line of which money was kept, or for which less than half of its price was ever paid, has
  only its deposit paid, as a sale is closed once all of it is refunded.
columns:
  line_gross: "What the buyer paid for the line: as stated, else its amount with added tax and postage minus discounts,
    else quantity times price"
  line_refunded: Refunded of the line so far; missing while no export states it
  is_paid: Whether the line was paid; missing where its export states no time of order or payment
*/
with order_lines as (
    select *
    from staging.stg_order_lines
    semi join changed_orders using (shop, order_id)
),

of_one_source as (
    select *
    from order_lines
    qualify
        source = first_value(source) over (
            partition by shop, order_id
            order by line_id is null, source
        )
),

valued as (
    select
        *,
        coalesce(
            line_paid,
            if(line_amount is not null, list_sum([line_amount, added_tax, line_postage, -line_discount]), null),
            quantity * unit_price
        ) as line_gross,
        case
            when coalesce(paid_at, ordered_at) is not null
                then is_money_in(status, paid_at, payment_method, is_sales_list, refund_status)
                    and coalesce(line_status, 'paid') != 'closed'
                    and not coalesce(
                        status = 'closed'
                        and line_paid < line_amount
                        and (line_refunded < line_paid or line_paid < 0.5 * line_amount),
                        false
                    )
        end as is_paid
    from of_one_source
)

select
    shop,
    day,
    order_id,
    line_id,
    product_id,
    product_key,
    sku,
    item_number,
    product_name,
    spec,
    quantity,
    unit_price,
    line_amount,
    line_paid,
    line_tax,
    added_tax,
    line_postage,
    line_discount,
    line_postage_discount,
    cast(line_gross as decimal(18, 4)) as line_gross,
    cast(refunded_of(line_gross, is_paid, line_refunded, status, refund_status, is_refund_complete) as decimal(18, 4))
        as line_refunded,
    refund_status,
    is_refund_complete,
    order_paid,
    order_refunded,
    order_subtotal,
    order_postage,
    order_tax,
    status,
    is_paid,
    buyer,
    region,
    province,
    city,
    currency,
    ordered_at,
    paid_at,
    promised_ship_at,
    shipped_at,
    completed_at,
    source,
    load_id,
    line
from valued
order by day
