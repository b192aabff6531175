/*
grain: one row per product and week (Monday to Sunday) of a line-level order export
partition: week
note: >
  Paid lines in the shop's own currency. A line that names no product id is listed under its product's name, one without
  either under no_product, so that the products of a week add up to its orders' subtotals. Refunds of an order alone are
  shared by its lines; postage and added tax that go back are in no product.
columns:
  product_id: The product's key (fct_order_line.product_key)
  has_product_id: Whether the lines give the product an id
  revenue: Sum of the lines' shares of their orders' subtotals, without postage and added tax, gross of later refunds
  refunded: >-
    Money given back for its lines (fct_order_line.refunded), cancellations included; missing while it is unknown for one
*/
with order_lines as (
    select
        *,
        cast(date_trunc('week', day) as date) as week_start
    from marts.fct_order_line
    where is_paid
),

shops as (
    select * from staging.stg_shops
),

changed_lines as (
    select *
    from order_lines
    semi join changed_weeks using (shop, week_start)
    semi join shops using (shop, currency)
)

select
    shop,
    week_start,
    product_key as product_id,
    bool_or(product_id is not null) as has_product_id,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(revenue) as decimal(18, 2)) as revenue,
    cast(whole_sum(refunded, revenue) as decimal(18, 2)) as refunded,
    any_value(currency) as currency
from changed_lines
group by shop, week_start, product_key
