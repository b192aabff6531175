/*
grain: one row per shop and SKU that a stock list, an order line or the cost workbook names
note: The names are those of the newest day that has one
columns:
  product_id: Product that order lines or the cost workbook give the SKU, as in marts.dim_product; missing where only stock names it
  title: Newest known title of the product
  first_seen_on: First day on which an export names the SKU
  last_seen_on: Last day on which an export names the SKU
*/
with stock as (
    select * from staging.stg_stock
),

order_lines as (
    select * from staging.stg_order_lines
    where sku is not null
),

product_costs as (
    select * from staging.stg_product_costs
    where sku is not null
),

seen as (
    select shop, sku, null as product_id, product_name, item_number, spec, day from stock
    union all
    select shop, sku, product_key, product_name, item_number, spec, day from order_lines
    union all
    select shop, sku, product_id, product_name, null, null, valid_from from product_costs
),

-- Few names to compare for each SKU instead of one a day. Rows without a day stay apart.
spans as (
    select
        shop,
        sku,
        product_id,
        product_name,
        item_number,
        spec,
        min(day) as first_day,
        max(day) as last_day
    from seen
    group by shop, sku, product_id, product_name, item_number, spec, day is null
)

select
    shop,
    sku,
    max_by(product_id, struct_pack(day := last_day, id := product_id)) filter (where product_id is not null) as product_id,
    max_by(product_name, struct_pack(day := last_day, name := product_name)) filter (where product_name is not null) as title,
    max_by(item_number, struct_pack(day := last_day, item := item_number)) filter (where item_number is not null)
        as item_number,
    max_by(spec, struct_pack(day := last_day, spec := spec)) filter (where spec is not null) as spec,
    min(first_day) as first_seen_on,
    max(last_day) as last_seen_on
from spans
group by shop, sku
