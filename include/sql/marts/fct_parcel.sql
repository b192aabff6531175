/*
grain: one row per parcel, as it was when it was looked at last
partition: day
note: Deadlines are those of the manual's stage 5, whose text is cut off (trace within 24 hours, delivery within 7 days) and so defaults
columns:
  day: Business day on which the parcel was shipped
  shipped_at: When the parcel was handed over, in the shop's time zone
  trace_due_at: When the carrier should have scanned it, 24 hours after it was shipped
  delivery_due_at: When it should have been delivered, 7 days after it was shipped
  first_trace_at: First sign of the carrier that is known
  is_late: Whether it was not delivered in time; missing where nobody has looked since
  deliver_hours: Hours from shipping to delivery
*/
with parcels as (
    select *
    from staging.stg_parcels
    semi join changed_days using (shop, day)
),

timed as (
    select
        *,
        shipped_at + interval 24 hour as trace_due_at,
        shipped_at + interval 7 day as delivery_due_at,
        coalesce(picked_up_at, least(last_trace_at, signed_at)) as first_trace_at
    from parcels
)

select
    shop,
    day,
    cast(date_trunc('week', day) as date) as week_start,
    order_id,
    waybill,
    carrier,
    province,
    parcel_state,
    shipped_at,
    trace_due_at,
    delivery_due_at,
    first_trace_at,
    last_trace_at,
    stuck_since,
    signed_at,
    checked_at,
    case
        when signed_at is not null then signed_at > delivery_due_at
        when checked_at >= delivery_due_at then true
    end as is_late,
    epoch(signed_at - shipped_at) / 3600 as deliver_hours,
    load_id
from timed
