/*
grain: one row per week and shop, or province (or country) of delivery, with buyers who paid
partition: onward
note: >
  Paid orders in the shop's own currency that name the buyer. A buyer who had parcels sent to two provinces is one buyer
  of the shop.
columns:
  entity: The shop, or the province of the delivery, else its country
  buyers: Buyers who paid in the week
  new_buyers: Buyers of these who had never paid before, as far as exports show
  new_buyer_revenue: What these paid in the week, before refunds; 0 where nobody was new
*/
with paid_orders as (
    select *, cast(date_trunc('week', day) as date) as week_start
    from marts.fct_order
    where is_paid
),

orders as (
    select *
    from paid_orders
    semi join changed_onward_weeks using (shop, week_start)
),

buyers as (
    select shop, buyer, first_paid_on from marts.dim_buyer
),

shops as (
    select shop, currency from staging.stg_shops
),

bought as (
    select
        orders.shop,
        orders.buyer,
        coalesce(orders.province, orders.country) as region,
        orders.week_start,
        orders.paid_gross,
        buyers.first_paid_on
    from orders
    inner join buyers using (shop, buyer)
    semi join shops on orders.shop = shops.shop and orders.currency = shops.currency
),

of_whom as (
    select shop, 'shop' as entity_type, shop as entity, week_start, buyer, first_paid_on, paid_gross from bought
    union all
    select shop, 'region' as entity_type, region as entity, week_start, buyer, first_paid_on, paid_gross from bought
)

select
    shop,
    week_start,
    entity_type,
    entity,
    cast(count(distinct buyer) as bigint) as buyers,
    cast(count(distinct buyer) filter (where first_paid_on >= week_start) as bigint) as new_buyers,
    cast(coalesce(sum(paid_gross) filter (where first_paid_on >= week_start), 0) as decimal(18, 2)) as new_buyer_revenue
from of_whom
where entity is not null
group by shop, week_start, entity_type, entity
