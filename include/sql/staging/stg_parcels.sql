/*
grain: one row per parcel, as it was when it was looked at last
partition: day
columns:
  day: Business day on which the parcel was shipped
  shipped_at: When the parcel was handed over, in the shop's time zone
*/
with parcels as (
    select *
    from raw.parcels
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    order_id,
    waybill,
    carrier,
    province,
    parcel_state,
    shipped_at,
    picked_up_at,
    last_trace_at,
    stuck_since,
    signed_at,
    version as checked_at,
    source,
    load_id,
    line
from parcels
