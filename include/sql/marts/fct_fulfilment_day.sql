/*
grain: one row per shop and day, from its first order on that waits or was shipped at a known time
note: >
  Due is what was to be shipped by then (fct_shipment.ship_due_at). Orders that wait are those as of the end of the day,
  up to 30 days past due. An order that no newer export lists counts as last listed. An order shipped at an unknown
  time is left out; where that is all that was shipped of a day's orders, the day's are missing: those that wait, alone,
  would all be late.
columns:
  orders_due: Orders that were due on the day, without those shipped at an unknown time
  orders_late: Orders of these that had not been shipped by then
  amount_late: Money paid for the late ones
  orders_overdue: Orders that were past due and not shipped at the end of the day; of the past, at least these where a
    shipping time is not known
  amount_overdue: Money paid for the orders that were past due and not shipped
*/
with shipments as (
    select * from marts.fct_shipment
),

days as (
    select * from intermediate.int_days
),

shops as (
    select * from staging.stg_shops
),

firsts as (
    select shop, min(day) as first_day
    from shipments
    where is_late is not null
    group by shop
),

due as (
    select
        shop,
        cast(ship_due_at as date) as day,
        count(is_late) as orders_due,
        count(*) filter (where is_late) as orders_late,
        sum(paid_gross) filter (where is_late) as amount_late,
        count(shipped_at) = 0 and count(is_late) < count(*) as is_untold
    from shipments
    group by all
),

overdue as (
    select
        shipments.shop,
        days.day,
        count(*) as orders_overdue,
        sum(shipments.paid_gross) as amount_overdue
    from shipments
    inner join days
        on
            shipments.shop = days.shop
            and shipments.is_late
            and days.day between cast(shipments.ship_due_at as date) and cast(shipments.ship_due_at as date) + 30
            and coalesce(shipments.shipped_at >= days.day + 1, true)
    group by shipments.shop, days.day
)

select
    days.shop,
    days.day,
    cast(date_trunc('week', days.day) as date) as week_start,
    cast(if(due.is_untold, null, coalesce(due.orders_due, 0)) as bigint) as orders_due,
    cast(if(due.is_untold, null, coalesce(due.orders_late, 0)) as bigint) as orders_late,
    cast(if(due.is_untold, null, coalesce(due.amount_late, 0)) as decimal(18, 2)) as amount_late,
    cast(coalesce(overdue.orders_overdue, 0) as bigint) as orders_overdue,
    cast(coalesce(overdue.amount_overdue, 0) as decimal(18, 2)) as amount_overdue,
    shops.currency
from days
inner join shops using (shop)
inner join firsts
    on
        days.shop = firsts.shop
        and firsts.first_day <= days.day
left join due
    on
        days.shop = due.shop
        and days.day = due.day
left join overdue
    on
        days.shop = overdue.shop
        and days.day = overdue.day
