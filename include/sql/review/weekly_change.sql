/*
grain: one row per shop, week and week compared with
partition: onward
note: >
  How a shop's revenue moved against last week and against the same week last year (marts.dim_week), with the orders,
  the value of one and the visitors of both; what drove it is in review.weekly_driver. Visitors are those of the platform's own report of
  the shop, and missing unless they are known for all days that orders are known for, in both weeks.
columns:
  versus: What the week is compared with (last_week, last_year)
  compared_week: Monday of the week that it is compared with
  revenue_compared: The shop's revenue in the week compared with
  revenue_moved: revenue minus revenue_compared
  orders_paid_compared: orders_paid of the week compared with
  value_per_order_compared: value_per_order of the week compared with
  visitors: Visitors of the shop, each day's once
  visitors_compared: visitors of the week compared with
  no_traffic: "Why visitors are missing (no_traffic: no report; traffic_incomplete: days of it are missing)"
  completeness: Share of the week's trading days that an order export covers
  completeness_compared: The same of the week compared with
  missing_days: Trading days of the two weeks that no order export covers; between incomplete weeks no move is explained
*/
with kpi as (
    select * from kpi.fct_kpi
    where
        entity_type = 'shop'
        and grain = 'week'
        and metric in ('revenue', 'value_per_order', 'visitors')
        and period_start >= first_week() - 441
),

weeks as (
    select * from marts.dim_week
    where week_start >= first_week()
),

night as (
    select night from meta.night
),

sold as (
    select
        revenue.shop,
        revenue.period_start as week_start,
        revenue.currency,
        cast(revenue.numerator as decimal(18, 2)) as revenue,
        cast(revenue.denominator as bigint) as orders_paid,
        value_per_order.value as value_per_order,
        revenue.coverage as completeness,
        revenue.missing_days,
        if(visitors.coverage >= revenue.coverage and visitors.value > 0, cast(visitors.value as bigint), null) as visitors,
        visitors.value is null as has_no_traffic
    from kpi as revenue
    left join kpi as value_per_order
        on
            revenue.shop = value_per_order.shop
            and revenue.period_start = value_per_order.period_start
            and value_per_order.metric = 'value_per_order'
    left join kpi as visitors
        on
            revenue.shop = visitors.shop
            and revenue.period_start = visitors.period_start
            and visitors.metric = 'visitors'
    where revenue.metric = 'revenue'
),

pairs as (
    select shop, week_start, 'last_week' as versus, cast(week_start - 7 as date) as compared_week
    from weeks
    union all
    select shop, week_start, 'last_year' as versus, week_last_year as compared_week
    from weeks
),

moved as (
    select
        this_week.*,
        pairs.versus,
        pairs.compared_week,
        before.revenue as revenue_compared,
        before.orders_paid as orders_paid_compared,
        before.value_per_order as value_per_order_compared,
        before.visitors as visitors_compared,
        before.completeness as completeness_compared,
        before.missing_days as missing_days_compared,
        this_week.visitors is not null and before.visitors is not null as has_traffic,
        this_week.has_no_traffic or before.has_no_traffic as lacks_traffic
    from sold as this_week
    inner join pairs using (shop, week_start)
    inner join sold as before
        on
            this_week.shop = before.shop
            and pairs.compared_week = before.week_start
)

select
    moved.shop,
    moved.week_start,
    cast(moved.week_start + 6 as date) as week_end,
    moved.versus,
    moved.compared_week,
    moved.currency,
    moved.revenue,
    moved.revenue_compared,
    cast(moved.revenue - moved.revenue_compared as decimal(18, 2)) as revenue_moved,
    moved.orders_paid,
    moved.orders_paid_compared,
    moved.value_per_order,
    moved.value_per_order_compared,
    if(moved.has_traffic, moved.visitors, null) as visitors,
    if(moved.has_traffic, moved.visitors_compared, null) as visitors_compared,
    case
        when moved.has_traffic then null
        when moved.lacks_traffic then 'no_traffic'
        else 'traffic_incomplete'
    end as no_traffic,
    moved.completeness,
    moved.completeness_compared,
    list_concat(moved.missing_days_compared, moved.missing_days) as missing_days,
    moved.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from moved
cross join night
where moved.week_start <= night.night
