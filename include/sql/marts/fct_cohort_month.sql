/*
grain: one row per shop, month of the first paid order and months since in which buyers of that month bought
note: >
  Months since 0 is the month of the first order itself. A month in which nobody of the cohort bought has no row, and
  the newest month is not over (has_matured). Buyers whom files do not name are in no cohort.
columns:
  cohort_month: First day of the month in which the buyers paid for the first time
  months_since_first: Calendar months since then
  cohort_buyers: Buyers who paid for the first time in the month
  buyers: Buyers of these who paid in the later month
  orders_paid: Orders that they paid in the later month
  revenue: What they paid in the later month, before refunds
  has_matured: Whether exports cover the orders of the last day of the later month; if not, more of its buyers may be still to come
*/
with buyer_orders as (
    select *, cast(date_trunc('month', first_paid_on) as date) as cohort_month
    from marts.fct_buyer_order
),

covered_days as (
    select * from intermediate.int_covered_days
    where input = 'orders'
),

bought as (
    select
        shop,
        cohort_month,
        months_since_first,
        count(*) filter (where is_first_order) as new_buyers,
        cast(count(distinct buyer) as bigint) as buyers,
        cast(count(*) as bigint) as orders_paid,
        cast(sum(revenue) as decimal(18, 2)) as revenue,
        any_value(currency) as currency
    from buyer_orders
    group by shop, cohort_month, months_since_first
)

select
    bought.shop,
    bought.cohort_month,
    bought.months_since_first,
    cast(sum(bought.new_buyers) over (partition by bought.shop, bought.cohort_month) as bigint) as cohort_buyers,
    bought.buyers,
    bought.orders_paid,
    bought.revenue,
    bought.currency,
    covered_days.day is not null as has_matured
from bought
left join covered_days
    on
        bought.shop = covered_days.shop
        and covered_days.day = last_day(bought.cohort_month + bought.months_since_first * interval 1 month)
