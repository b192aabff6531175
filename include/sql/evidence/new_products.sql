/*
grain: one row per product listed in the eight weeks up to the last day, the newest first, with what it has sold since
columns:
  listed_on: {title: {zh: 上架日期, en: Listed on}}
  product_id: {title: {zh: 商品 ID, en: Product id}}
  product: {title: {zh: 商品, en: Product}}
  visitors: {title: {zh: 上架以来访客数, en: Visitors since}}
  revenue: {title: {zh: 上架以来成交额, en: Revenue since}, unit: money}
*/
with prices as (
    select * from marts.dim_product_price
    where shop = $shop and listed_on is not null
),

product_day as (
    select * from marts.fct_product_day
    where shop = $shop and day <= $last_day
),

products as (
    select * from marts.dim_product
    where shop = $shop
),

listed as (
    select product_id, min(listed_on) as listed_on
    from prices
    group by product_id
    having min(listed_on) between cast($last_day as date) - 55 and $last_day
),

sales as (
    select
        listed.product_id,
        cast(sum(product_day.visitors) as bigint) as visitors,
        cast(sum(product_day.pay_amount) as decimal(18, 2)) as revenue
    from listed
    inner join product_day on listed.product_id = product_day.product_id and product_day.day >= listed.listed_on
    group by listed.product_id
)

select
    listed.listed_on,
    listed.product_id,
    products.title as product,
    sales.visitors,
    sales.revenue
from listed
left join products using (product_id)
left join sales using (product_id)
order by listed.listed_on desc, listed.product_id
