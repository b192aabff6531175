/*
grain: >
  one row per product in the first order of the buyers who have been known for 30 days since the period, the one that lost most
  returning buyers against the four weeks before first. A first order with several products counts for each
columns:
  product_id: {title: {zh: 首单商品 ID, en: Id of the first product}}
  product: {title: {zh: 首单商品, en: First product}}
  new_buyers: {title: {zh: 新买家数, en: New buyers}}
  repeat_buyers: {title: {zh: 30 天内复购, en: Back in 30 days}}
  repeat_share: {title: {zh: 复购率, en: Repeat rate}, unit: share}
  repeat_share_before: {title: {zh: 前四周复购率, en: Four weeks before}, unit: share}
*/
with buyers as (
    select
        *,
        cast(first_paid_on + 30 as date) as judged_on,
        coalesce(second_paid_on <= first_paid_on + 30, false) as is_back
    from marts.dim_buyer
    where shop = $shop and first_paid_on + 30 between cast($first_day as date) - 28 and $last_day
),

buyer_orders as (
    select * from marts.fct_buyer_order
    where shop = $shop and is_first_order
),

order_lines as (
    select distinct order_id, product_key as product_id from marts.fct_order_line
    where shop = $shop and is_paid
),

products as (
    select * from marts.dim_product
    where shop = $shop
),

counted as (
    select
        order_lines.product_id,
        count(*) filter (where buyers.judged_on >= $first_day) as new_buyers,
        count(*) filter (where buyers.judged_on >= $first_day and buyers.is_back) as repeat_buyers,
        avg(cast(buyers.is_back as integer)) filter (where buyers.judged_on < $first_day) as repeat_share_before
    from buyers
    inner join buyer_orders using (buyer)
    inner join order_lines using (order_id)
    group by order_lines.product_id
)

select
    counted.product_id,
    products.title as product,
    counted.new_buyers,
    counted.repeat_buyers,
    cast(counted.repeat_buyers as double) / counted.new_buyers as repeat_share,
    counted.repeat_share_before
from counted
left join products using (product_id)
where counted.new_buyers > 0
order by
    counted.repeat_buyers - counted.repeat_share_before * counted.new_buyers nulls last,
    counted.new_buyers desc,
    counted.product_id
