/*
grain: one row, the first day of the periods of kpi.period_coverage to build; missing where nothing changed
note: Of the days that changed and those that are incomplete now and were not, or were, the first; its week and month are built.
*/
with incomplete_days as (
    select 'ad_day' as input, shop, day, null as short_export from intermediate.int_absent_ad_accounts
    union
    select input, shop, day, source as short_export from intermediate.int_short_days where is_incomplete
    union
    select 'order_shipping' as input, shop, day, null as short_export from intermediate.int_unknown_shipping_days
    union
    select input, shop, day, null as short_export from intermediate.int_short_horizons
    union
    select 'order_days' as input, shop, day, array_to_string(load_ids, ' ') as short_export
    from intermediate.int_order_days
),

moved as (
    (from incomplete_days except from known_incomplete_days)
    union all
    (from known_incomplete_days except from incomplete_days)
),

days as (
    select day from moved
    union all
    select day from changed_days
),

first as (
    select min(day) as day from days
)

select cast(least(date_trunc('week', day), date_trunc('month', day)) as date) as first_day
from first
