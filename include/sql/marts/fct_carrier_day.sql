/*
grain: one row per carrier and day, from its first parcel on
note: >
  As of the end of the day, for parcels shipped in the 30 days before. A parcel is stuck from 24 hours
  after shipping until the carrier's first scan, where somebody looked after those 24 hours, and from the time that the
  workbook gives as stuck_since until its next scan.
columns:
  parcels_under_way: Parcels that were shipped and not delivered, returned or lost
  parcels_stuck: Parcels of these that did not move
*/
with parcels as (
    select
        *,
        if(parcel_state in ('returned', 'lost'), coalesce(signed_at, last_trace_at, checked_at), signed_at) as ended_at
    from marts.fct_parcel
    where carrier is not null and shipped_at is not null
),

days as (
    select * from intermediate.int_days
),

firsts as (
    select shop, carrier, min(day) as first_day
    from parcels
    group by shop, carrier
),

carrier_days as (
    select firsts.shop, firsts.carrier, days.day
    from firsts
    inner join days
        on
            firsts.shop = days.shop
            and firsts.first_day <= days.day
),

under_way as (
    select
        parcels.shop,
        parcels.carrier,
        days.day,
        (
            parcels.checked_at >= parcels.trace_due_at
            and parcels.trace_due_at <= days.day + 1
            and coalesce(parcels.first_trace_at >= days.day + 1, true)
        )
        or coalesce(
            parcels.stuck_since < days.day + 1
            and not coalesce(
                parcels.last_trace_at > parcels.stuck_since and parcels.last_trace_at < days.day + 1,
                false
            ),
            false
        ) as is_stuck
    from parcels
    inner join days
        on
            parcels.shop = days.shop
            and days.day between parcels.day and parcels.day + 30
    where coalesce(parcels.ended_at >= days.day + 1, true)
),

counted as (
    select
        shop,
        carrier,
        day,
        count(*) as parcels_under_way,
        count(*) filter (where is_stuck) as parcels_stuck
    from under_way
    group by shop, carrier, day
)

select
    carrier_days.shop,
    carrier_days.day,
    cast(date_trunc('week', carrier_days.day) as date) as week_start,
    carrier_days.carrier,
    cast(coalesce(counted.parcels_under_way, 0) as bigint) as parcels_under_way,
    cast(coalesce(counted.parcels_stuck, 0) as bigint) as parcels_stuck
from carrier_days
left join counted using (shop, carrier, day)
