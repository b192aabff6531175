/*
grain: one row per parcel of the carrier that did not move at the end of the last day, the longest first
columns:
  order_id: {title: {zh: 订单号, en: Order}}
  province: {title: {zh: 省份, en: Province}}
  hours_without_trace: {title: {zh: 无轨迹, en: Without a trace for}, unit: hours}
  shipped_at: {title: {zh: 发货时间, en: Shipped at}}
  last_trace_at: {title: {zh: 最近轨迹, en: Last trace}}
*/
with parcels as (
    select
        *,
        if(parcel_state in ('returned', 'lost'), coalesce(signed_at, last_trace_at, checked_at), signed_at) as ended_at,
        cast($last_day as date) + 1 as day_end
    from marts.fct_parcel
    where
        shop = $shop
        and carrier = $entity
        and shipped_at is not null
        and cast($last_day as date) between day and day + 30
)

select
    order_id,
    province,
    round(epoch(day_end - coalesce(stuck_since, last_trace_at, shipped_at)) / 3600, 1) as hours_without_trace,
    shipped_at,
    last_trace_at
from parcels
where
    coalesce(ended_at >= day_end, true)
    and (
        (checked_at >= trace_due_at and trace_due_at <= day_end and coalesce(first_trace_at >= day_end, true))
        or coalesce(
            stuck_since < day_end and not coalesce(last_trace_at > stuck_since and last_trace_at < day_end, false), false
        )
    )
order by hours_without_trace desc, order_id, waybill
