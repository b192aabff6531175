/*
grain: one row per shop, week, and the shop, a carrier or a region
note: How orders were shipped and delivered, side by side (review.weekly_entity). Missing where no export reports it.
columns:
  ship_hours: Mean hours from payment to shipping (meta.metrics)
  ship_hours_last_week: ship_hours of the week before; missing where the week has none itself
  deliver_hours: Mean hours from shipping to delivery (meta.metrics)
  deliver_hours_last_week: deliver_hours of the week before; missing where the week has none itself
  late_ship_share: Share of the orders that were shipped late (meta.metrics)
  late_ship_share_last_week: late_ship_share of the week before; missing where the week has none itself
  overdue_orders: Paid orders that wait too long to be shipped (meta.metrics)
  overdue_orders_last_week: overdue_orders of the week before; missing where the week has none itself
  late_delivery_share: Share of the parcels that came late (meta.metrics)
  late_delivery_share_last_week: late_delivery_share of the week before; missing where the week has none itself
  stuck_parcels: Parcels without a trace for too long (meta.metrics)
  stuck_parcels_last_week: stuck_parcels of the week before; missing where the week has none itself
  refund_rate: Money given back as a share of money paid (meta.metrics)
  refund_rate_last_week: refund_rate of the week before; missing where the week has none itself
  at_stake: The greatest money at stake in one of these KPIs; no sum, as one order may be in several of them
  completeness: Share of the days for which an export of every input is there, of the KPI that lacks most; 1 is complete
*/
with things as (
    select * from review.weekly_entity
    where
        entity_type in ('shop', 'carrier', 'region')
        and metric in (
            'ship_hours',
            'deliver_hours',
            'late_ship_share',
            'overdue_orders',
            'late_delivery_share',
            'stuck_parcels',
            'refund_rate'
        )
)

select
    shop,
    week_start,
    week_end,
    entity_type,
    entity,
    entity_name,
    max(value) filter (where metric = 'ship_hours') as ship_hours,
    max(value_last_week) filter (where metric = 'ship_hours') as ship_hours_last_week,
    max(value) filter (where metric = 'deliver_hours') as deliver_hours,
    max(value_last_week) filter (where metric = 'deliver_hours') as deliver_hours_last_week,
    max(value) filter (where metric = 'late_ship_share') as late_ship_share,
    max(value_last_week) filter (where metric = 'late_ship_share') as late_ship_share_last_week,
    max(value) filter (where metric = 'overdue_orders') as overdue_orders,
    max(value_last_week) filter (where metric = 'overdue_orders') as overdue_orders_last_week,
    max(value) filter (where metric = 'late_delivery_share') as late_delivery_share,
    max(value_last_week) filter (where metric = 'late_delivery_share') as late_delivery_share_last_week,
    max(value) filter (where metric = 'stuck_parcels') as stuck_parcels,
    max(value_last_week) filter (where metric = 'stuck_parcels') as stuck_parcels_last_week,
    max(value) filter (where metric = 'refund_rate') as refund_rate,
    max(value_last_week) filter (where metric = 'refund_rate') as refund_rate_last_week,
    max(at_stake) as at_stake,
    currency,
    min(completeness) as completeness,
    is_closed,
    as_of
from things
group by all
