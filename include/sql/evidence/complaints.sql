/*
grain: one row per product and reason of the period's complaints, the most frequent first
columns:
  name: {title: {zh: 商品, en: Product}}
  product_id: {title: {zh: 商品 ID, en: Product id}}
  reason: {title: {zh: 原因, en: Reason}, words: shopwatch_reviews.theme}
  orders: {title: {zh: 订单数, en: Orders}, unit: count}
  order_ids: {title: {zh: 订单号, en: Order ids}}
*/
with reviews as (
    select * from marts.fct_review
    where shop = $shop and is_bad and day between $first_day and $last_day
),

refunds as (
    select
        *,
        coalesce(cast(applied_at as date), day) as complained_on
    from marts.fct_refund
    where shop = $shop and fault is not null
),

products as (
    select * from marts.dim_entity
    where shop = $shop and entity_type = 'product'
),

complaints as (
    select product_id, theme as reason, coalesce(order_id, load_id || ':' || line) as complaint, order_id
    from reviews
    union all
    select product_id, coalesce(reason, fault) as reason, order_id as complaint, order_id
    from refunds
    where complained_on between $first_day and $last_day
)

select
    any_value(products.name) as name,
    complaints.product_id,
    complaints.reason,
    count(distinct complaints.complaint) as orders,
    string_agg(distinct complaints.order_id, ' ' order by complaints.order_id) as order_ids
from complaints
left join products on complaints.product_id = products.entity
group by complaints.product_id, complaints.reason
order by orders desc, complaints.product_id, complaints.reason
