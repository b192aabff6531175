/*
grain: one row per shop and product that an export names
note: >
  Key of every fact with a product_id; a line of an order has it as product_key, since some exports name the product
  without an id. Cost and prices are those of the newest entry of the cost workbook.
columns:
  product_id: The platform's id of the product, else the name that order lines give it, else no_product
  title: Newest known title
  status: Newest status that the product report states
  category: "Category of the cost workbook, else the narrowest of the product reports that have one (京东商智, 拼多多); missing where
    neither states it"
  brand: "Brand of the cost workbook, else of the stock lists that have one (旺店通, 聚水潭), else the vendor of Shopify's order
    lines; missing where none states it"
  first_listed_on: Day of listing in the cost workbook, else the first day on which an export names the product
  first_sold_on: Day of the first paid line; missing where no order line of it was paid
  last_seen_on: Last day on which an export names the product
  unit_cost: >-
    Unit cost and Other cost per piece of the cost workbook: what the piece costs to buy or make, and what the shop entered
    besides. Profit takes off this and every selling cost; what is in both counts twice, unless the workbook of selling costs
    marks it as part of the product's cost
*/
with entities as (
    select * from marts.dim_entity
    where entity_type = 'product'
),

prices as (
    select * from marts.dim_product_price
),

order_lines as (
    select * from marts.fct_order_line
),

product_costs as (
    select * from staging.stg_product_costs
    where product_id is not null
),

product_day as (
    select * from staging.stg_product_day
    where category is not null
),

vendor_lines as (
    select * from staging.stg_order_lines
    where brand is not null
),

stock as (
    select * from staging.stg_stock
    where brand is not null
),

skus as (
    select * from marts.dim_sku
    where product_id is not null
),

named as (
    select shop, product_id, day from marts.fct_ad_product_day
    union all
    select shop, product_id, day from marts.fct_refund
    union all
    select shop, product_id, day from marts.fct_review
    union all
    select shop, product_id, week_start from marts.fct_competitor_price
),

shops as (
    select shop, currency from staging.stg_shops
),

newest_prices as (
    select *
    from prices
    qualify row_number() over (partition by shop, product_id order by valid_from desc) = 1
),

listings as (
    select shop, product_id, min(listed_on) as listed_on
    from prices
    group by shop, product_id
),

-- What each source states of a product. Of several sources the first in place counts, in it the newest.
stated as (
    select shop, product_id, 1 as place, valid_from as day, category, brand from product_costs
    union all
    select shop, product_id, 2 as place, day, category, null as brand from product_day
    union all
    select stock.shop, skus.product_id, 2 as place, stock.day, null as category, stock.brand
    from stock
    inner join skus using (shop, sku)
    union all
    select shop, product_key as product_id, 3 as place, day, null as category, brand from vendor_lines
),

grouped as (
    select
        shop,
        product_id,
        arg_min(category, struct_pack(place := place, age := date '9999-12-31' - day, name := category)) filter (where category is not null) as category,
        arg_min(brand, struct_pack(place := place, age := date '9999-12-31' - day, name := brand)) filter (where brand is not null) as brand
    from stated
    group by shop, product_id
),

sales as (
    select shop, product_key as product_id, min(day) as first_sold_on
    from order_lines
    where is_paid
    group by all
),

seen as (
    select shop, entity as product_id, first_day, last_day from entities
    union all
    select shop, product_id, day, day from named
    where product_id is not null
),

products as (
    select
        shop,
        product_id,
        min(first_day) as first_day,
        max(last_day) as last_day
    from seen
    group by shop, product_id
)

select
    products.shop,
    products.product_id,
    entities.name as title,
    entities.item_number,
    grouped.category,
    grouped.brand,
    entities.status,
    coalesce(listings.listed_on, products.first_day) as first_listed_on,
    sales.first_sold_on,
    products.last_day as last_seen_on,
    newest_prices.unit_cost,
    newest_prices.everyday_price,
    newest_prices.member_price,
    newest_prices.campaign_price,
    shops.currency
from products
inner join shops using (shop)
left join entities on products.shop = entities.shop and products.product_id = entities.entity
left join newest_prices on products.shop = newest_prices.shop and products.product_id = newest_prices.product_id
left join grouped on products.shop = grouped.shop and products.product_id = grouped.product_id
left join listings on products.shop = listings.shop and products.product_id = listings.product_id
left join sales on products.shop = sales.shop and products.product_id = sales.product_id
