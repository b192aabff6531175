/*
grain: one row a shop and day with orders
partition: day
*/
with orders as (
    select *
    from marts.fct_order
    semi join touched_days using (shop, day)
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    cast(count(*) as bigint) as orders_placed,
    cast(count(*) filter (where is_paid) as bigint) as orders_paid,
    cast(sum(paid) as decimal(18, 2)) as revenue,
    cast(sum(refunded) as decimal(18, 2)) as refunded,
    cast(sum(net) as decimal(18, 2)) as net_revenue,
    any_value(currency) as currency
from orders
group by shop, day
