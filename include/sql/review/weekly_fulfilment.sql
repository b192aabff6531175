/*
grain: one row a shop, week, and the shop, a carrier or a region
note: >
  How orders were shipped and delivered.
  Every number is that of kpi.fct_kpi: of a KPI of weeks the week's, of one of days that of the last day of the week
  that has one. Missing where no export tells it.
columns:
  ship_hours: Hours from payment to shipping (meta.metrics)
  ship_hours_last_week: ship_hours of the week before
  deliver_hours: Hours from payment to delivery (meta.metrics)
  deliver_hours_last_week: deliver_hours of the week before
  late_ship_share: Share of orders that were shipped late (meta.metrics)
  late_ship_share_last_week: late_ship_share of the week before
  overdue_orders: Paid orders that wait too long to be shipped, on the last day (meta.metrics)
  overdue_orders_last_week: overdue_orders of the week before
  late_delivery_share: Share of parcels that were delivered late (meta.metrics)
  late_delivery_share_last_week: late_delivery_share of the week before
  stuck_parcels: Parcels without a trace for too long, on the last day (meta.metrics)
  stuck_parcels_last_week: stuck_parcels of the week before
  refund_rate: Share of orders with a refund (meta.metrics)
  refund_rate_last_week: refund_rate of the week before
  completeness: Share of the days for which an export of every input is there, of the KPI that lacks most; 1 is complete
*/
with kpi as (
    select
        *,
        cast(date_trunc('week', period_start) as date) as week_start
    from kpi.fct_kpi
    where
        grain in ('day', 'week')
        and entity_type in ('shop', 'carrier', 'region')
        and metric in ('ship_hours', 'deliver_hours', 'late_ship_share', 'overdue_orders', 'late_delivery_share', 'stuck_parcels', 'refund_rate')
),

entities as (
    select * from marts.dim_entity
),

night as (
    select night from seed.night
),

of_week as (
    select kpi.*
    from kpi
    cross join night
    where kpi.period_start <= night.night
    qualify row_number() over (
        partition by kpi.shop, kpi.metric, kpi.entity_type, kpi.entity, kpi.week_start
        order by kpi.grain desc, kpi.period_start desc
    ) = 1
),

side_by_side as (
    select
        shop,
        week_start,
        entity_type,
        entity,
        max(value) filter (where metric = 'ship_hours') as ship_hours,
        max(value) filter (where metric = 'deliver_hours') as deliver_hours,
        max(value) filter (where metric = 'late_ship_share') as late_ship_share,
        max(value) filter (where metric = 'overdue_orders') as overdue_orders,
        max(value) filter (where metric = 'late_delivery_share') as late_delivery_share,
        max(value) filter (where metric = 'stuck_parcels') as stuck_parcels,
        max(value) filter (where metric = 'refund_rate') as refund_rate,
        sum(at_stake) as at_stake,
        min(coverage) as completeness,
        any_value(currency) as currency
    from of_week
    group by shop, week_start, entity_type, entity
)

select
    this_week.shop,
    this_week.week_start,
    cast(this_week.week_start + 6 as date) as week_end,
    this_week.entity_type,
    this_week.entity,
    entities.name as entity_name,
    this_week.ship_hours,
    last_week.ship_hours as ship_hours_last_week,
    this_week.deliver_hours,
    last_week.deliver_hours as deliver_hours_last_week,
    this_week.late_ship_share,
    last_week.late_ship_share as late_ship_share_last_week,
    this_week.overdue_orders,
    last_week.overdue_orders as overdue_orders_last_week,
    this_week.late_delivery_share,
    last_week.late_delivery_share as late_delivery_share_last_week,
    this_week.stuck_parcels,
    last_week.stuck_parcels as stuck_parcels_last_week,
    this_week.refund_rate,
    last_week.refund_rate as refund_rate_last_week,
    cast(this_week.at_stake as decimal(18, 2)) as at_stake,
    this_week.currency,
    this_week.completeness,
    this_week.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from side_by_side as this_week
cross join night
left join side_by_side as last_week
    on
        this_week.shop = last_week.shop
        and this_week.entity_type = last_week.entity_type
        and this_week.entity = last_week.entity
        and this_week.week_start = last_week.week_start + 7
left join entities
    on
        this_week.shop = entities.shop
        and this_week.entity_type = entities.entity_type
        and this_week.entity = entities.entity
