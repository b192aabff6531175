/*
grain: one row per week, province (or country) of delivery and kind of buyer
partition: onward
note: >
  Paid orders in the shop's own currency. A buyer is new in the week of the first paid order in any export, so
  that in a shop's first weeks nearly all are; a buyer without a pseudonym is unknown.
columns:
  region: Province of the delivery, else its country; missing where no export states it
  buyer_kind: Whether the buyer had paid for an order before (new, returning, unknown)
  buyers: Buyers, each once in the region (not to be added up over regions); of unknown ones missing
*/
with paid_orders as not materialized (
    select *, cast(date_trunc('week', day) as date) as week_start
    from marts.fct_order
    where is_paid
),

orders as (
    select *
    from paid_orders
    semi join changed_onward_weeks using (shop, week_start)
    where day >= (select min(week_start) from changed_onward_weeks)
),

buyers as (
    select distinct shop, buyer from orders
),

firsts as (
    select shop, buyer, min(day) as first_paid_on
    from paid_orders
    semi join buyers using (shop, buyer)
    group by shop, buyer
),

shops as (
    select * from staging.stg_shops
),

classified_orders as (
    select
        orders.*,
        case
            when orders.buyer is null then 'unknown'
            when firsts.first_paid_on >= orders.week_start then 'new'
            else 'returning'
        end as buyer_kind
    from orders
    left join firsts using (shop, buyer)
    semi join shops on orders.shop = shops.shop and orders.currency = shops.currency
)

select
    shop,
    week_start,
    coalesce(province, country) as region,
    buyer_kind,
    nullif(cast(count(distinct buyer) as bigint), 0) as buyers,
    cast(count(*) as bigint) as orders_paid,
    cast(sum(paid_gross) as decimal(18, 2)) as revenue,
    any_value(currency) as currency
from classified_orders
group by shop, week_start, coalesce(province, country), buyer_kind
