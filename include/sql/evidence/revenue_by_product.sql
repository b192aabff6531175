/*
grain: >
  one row per product sold in the period or in the four before it, the one whose revenue differs most from its usual first. The
  periods before have the same weekdays
columns:
  product_id: {title: {zh: 商品 ID, en: Product id}}
  product: {title: {zh: 商品, en: Product}}
  revenue: {title: {zh: 成交额, en: Revenue}, unit: money}
  usual_revenue: {title: {zh: 平常成交额, en: Usual revenue}, unit: money}
  visitors: {title: {zh: 访客数, en: Visitors}}
  usual_visitors: {title: {zh: 平常访客数, en: Usual visitors}}
*/
with spans as (
    select
        before,
        cast(cast($last_day as date) - cast($first_day as date) as integer) as further_days,
        cast($first_day as date) - cast(before * 7 * ((further_days + 7) // 7) as integer) as first_day,
        first_day + further_days as last_day
    from range(5) as numbers (before)
),

reports as (
    select * from marts.fct_product_day
    where shop = $shop
),

order_lines as (
    select * from marts.fct_order_line
    where shop = $shop and is_paid
),

products as (
    select * from marts.dim_product
    where shop = $shop
),

shops as (
    select * from marts.dim_shop
    where shop = $shop
),

reported as (
    select spans.before, reports.product_id, reports.pay_amount as revenue, reports.visitors
    from reports
    inner join spans on reports.day between spans.first_day and spans.last_day
),

lines as (
    select spans.before, order_lines.product_key as product_id, order_lines.revenue, null as visitors
    from order_lines
    semi join shops using (shop, currency)
    inner join spans on order_lines.day between spans.first_day and spans.last_day
),

-- The traffic report states revenue of every product. The order lines serve where it does not cover the period.
sold as (
    select * from reported
    where exists (select 1 from reported where before = 0)
    union all
    select * from lines
    where not exists (select 1 from reported where before = 0)
),

earlier as (
    select count(distinct before) as periods
    from sold
    where before > 0
),

compared as (
    select
        sold.product_id,
        sum(sold.revenue) filter (where sold.before = 0) as revenue,
        sum(sold.revenue) filter (where sold.before > 0) / any_value(earlier.periods) as usual_revenue,
        sum(sold.visitors) filter (where sold.before = 0) as visitors,
        sum(sold.visitors) filter (where sold.before > 0) / any_value(earlier.periods) as usual_visitors
    from sold
    cross join earlier
    group by sold.product_id
)

select
    compared.product_id,
    products.title as product,
    compared.revenue,
    cast(compared.usual_revenue as decimal(18, 2)) as usual_revenue,
    cast(compared.visitors as bigint) as visitors,
    cast(round(compared.usual_visitors) as bigint) as usual_visitors
from compared
left join products using (product_id)
where compared.revenue > 0 or compared.usual_revenue > 0
order by abs(coalesce(compared.revenue, 0) - coalesce(compared.usual_revenue, 0)) desc, compared.product_id
