/*
grain: one row per line of a line-level export
partition: day
columns:
  line_paid: "What the buyer paid for the line, before refunds"
  order_paid: "What the buyer paid for the order, before refunds"
  line_tax: Tax on the line, its postage and its wrapping
  added_tax: Tax that comes on top of the line's prices; missing where they include it
  line_postage: Postage and wrapping that the line costs
  product_key: The product id, else the name that the line gives its product, else no_product
*/
with order_lines as (
    select *
    from raw.order_lines
    semi join changed_days using (shop, day)
),

money as (
    select * from seed.money
),

shops as (
    select * from staging.stg_shops
),

meant as (
    select
        order_lines.*,
        coalesce(money.is_net_of_refunds, false) as is_net,
        money.is_tax_added or list_contains(money.tax_added_in, coalesce(order_lines.currency, shops.currency))
            as is_tax_added,
        money.is_refund_here and not money.has_refund_amount as is_refund_complete,
        money.is_sales_list,
        list_sum([line_tax, line_postage_tax, line_wrap_tax]) as tax
    from order_lines
    left join money using (source)
    left join shops using (shop)
)

select
    shop,
    day,
    order_id,
    line_id,
    product_id,
    coalesce(product_id, product_name, 'no_product') as product_key,
    sku,
    item_number,
    product_name,
    brand,
    spec,
    quantity,
    unit_price,
    line_amount,
    cast(line_paid + if(is_net, coalesce(line_refunded, 0), 0) as decimal(18, 2)) as line_paid,
    cast(tax as decimal(18, 2)) as line_tax,
    cast(if(is_tax_added, tax, null) as decimal(18, 2)) as added_tax,
    cast(list_sum([line_postage, line_wrap]) as decimal(18, 2)) as line_postage,
    cast(list_sum([abs(line_discount), abs(line_postage_discount)]) as decimal(18, 2)) as line_discount,
    abs(line_postage_discount) as line_postage_discount,
    line_refunded,
    line_status,
    refund_status,
    cast(order_paid + if(is_net, coalesce(order_refunded, 0), 0) as decimal(18, 2)) as order_paid,
    order_payable,
    order_subtotal,
    order_postage,
    order_tax,
    order_refunded,
    is_refund_complete,
    is_sales_list,
    payment_method,
    status,
    close_reason,
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
from meant
order by day
