-- Days of inputs that were incomplete or unknown by the last build, and those of orders with their loads, as the temporary
-- table known_incomplete_days.
create or replace temp table known_incomplete_days as
select 'ad_day' as input, shop, day, null as short_export from intermediate.int_absent_ad_accounts
union
select input, shop, day, source as short_export from intermediate.int_short_days where is_incomplete
union
select 'order_shipping' as input, shop, day, null as short_export from intermediate.int_unknown_shipping_days
union
select input, shop, day, null as short_export from intermediate.int_short_horizons
union
select 'order_days' as input, shop, day, array_to_string(load_ids, ' ') as short_export from intermediate.int_order_days
