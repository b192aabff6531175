/*
grain: one row per input, shop and day that is incomplete or unknown, and per day of orders with its loads
*/
with absent_ad_accounts as (
    select * from intermediate.int_absent_ad_accounts
),

short_days as (
    select * from intermediate.int_short_days
),

unknown_shipping_days as (
    select * from intermediate.int_unknown_shipping_days
),

short_horizons as (
    select * from intermediate.int_short_horizons
),

order_days as (
    select * from intermediate.int_order_days
)

select 'ad_day' as input, shop, day, null as short_export from absent_ad_accounts
union
select input, shop, day, source as short_export from short_days where is_incomplete
union
select 'order_shipping' as input, shop, day, null as short_export from unknown_shipping_days
union
select input, shop, day, null as short_export from short_horizons
union
select 'order_days' as input, shop, day, array_to_string(load_ids, ' ') as short_export from order_days
