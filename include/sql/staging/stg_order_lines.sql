/*
grain: one row a line of a line-level export
partition: day
columns:
  line_tax: Tax on the line, its postage and its wrapping
  line_postage: Postage and wrapping that the line costs
  product_key: The product id, else the name that the line gives its product, else no_product
*/
with order_lines as (
    select *
    from raw.order_lines
    semi join touched_days using (shop, day)
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
    spec,
    quantity,
    unit_price,
    line_amount,
    line_paid,
    cast(list_sum([line_tax, line_postage_tax, line_wrap_tax]) as decimal(18, 2)) as line_tax,
    cast(list_sum([line_postage, line_wrap]) as decimal(18, 2)) as line_postage,
    cast(list_sum([abs(line_discount), abs(line_postage_discount)]) as decimal(18, 2)) as line_discount,
    abs(line_postage_discount) as line_postage_discount,
    line_refunded,
    line_status,
    refund_status,
    order_paid,
    order_payable,
    order_subtotal,
    order_postage,
    order_tax,
    order_refunded,
    status,
    close_reason,
    buyer,
    region,
    province,
    city,
    currency,
    ordered_at,
    paid_at,
    shipped_at,
    completed_at,
    source,
    load_id,
    line
from order_lines
