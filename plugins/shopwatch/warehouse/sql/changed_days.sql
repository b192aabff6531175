-- Days to rebuild, as the temporary table changed_days (shop, day): days whose loads or row counts differ between the
-- raw warehouse and the last build, all days of the orders on them (an order, its lines, refunds and parcels may fall
-- on different days), and the days that look back on them. The days of an order now and in the last build both count.
-- A day without orders has no rows: it is stale if an export that covers it was added or removed.
-- A value in force until it is replaced (a target, a price) belongs to no day: a change makes all days of its shop
-- stale.
create or replace temp table span_days as
with loads_now as (
    select load_id, source, shop, first_day, last_day, exported_at, version_rule from raw.loads
    where state = 'settled'
),

loads_before as (
    select load_id, source, shop, first_day, last_day, exported_at, version_rule from ops.loads
    where state = 'settled'
),

loads as (
    select *, true as is_changed from (from loads_now except from loads_before)
    union all
    select *, true as is_changed from (from loads_before except from loads_now)
    union all
    select *, false as is_changed from (from loads_now intersect from loads_before)
)

select
    loads.shop,
    cast(unnest(covered_span(loads.first_day, loads.last_day, loads.exported_at, loads.version_rule)) as date) as day,
    loads.is_changed
from loads
semi join seed.spanned using (source);

create or replace temp table changed_coverage as
(
    select table_name, source, shop, day, load_id, row_count from raw.coverage
    except
    select table_name, source, shop, day, load_id, row_count from ops.coverage
)
union
(
    select table_name, source, shop, day, load_id, row_count from ops.coverage
    except
    select table_name, source, shop, day, load_id, row_count from raw.coverage
);

-- Filtered before they are put together: the orders of all history are many.
create or replace temp table orders_with_changes as
select shop, order_id from raw.orders semi join changed_coverage using (shop, day)
union
select shop, order_id from raw.order_lines semi join changed_coverage using (shop, day)
union
select shop, order_id from raw.refunds semi join changed_coverage using (shop, day)
union
select shop, order_id from raw.parcels semi join changed_coverage using (shop, day)
union
select shop, order_id from raw.order_fees semi join changed_coverage using (shop, day)
union
select shop, order_id from staging.stg_orders semi join changed_coverage using (shop, day)
union
select shop, order_id from staging.stg_order_lines semi join changed_coverage using (shop, day)
union
select shop, order_id from staging.stg_refunds semi join changed_coverage using (shop, day)
union
select shop, order_id from staging.stg_parcels semi join changed_coverage using (shop, day)
union
select shop, order_id from staging.stg_order_fees semi join changed_coverage using (shop, day);

create or replace temp table changed_days as
with stale_itself as (
    select shop, day from changed_coverage
    union
    select shop, day from raw.orders semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from raw.order_lines semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from raw.refunds semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from raw.parcels semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from raw.order_fees semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from staging.stg_orders semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from staging.stg_order_lines semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from staging.stg_refunds semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from staging.stg_parcels semi join orders_with_changes using (shop, order_id)
    union
    select shop, day from span_days
    where is_changed
),

-- Stock is measured against the orders of all shops of its warehouse.
stale_stock as (
    select shops.stock_of as shop, stale_itself.day
    from stale_itself
    inner join seed.shops using (shop)
    where shops.stock_of is not null
),

stale as (
    from stale_itself
    union
    from stale_stock
),

reached as (
    select
        shop,
        cast(unnest(generate_series(day, day + cast($reach as integer), interval 1 day)) as date) as day
    from stale
),

known as (
    select shop, day
    from (
        select table_name, shop, day from raw.coverage
        union all
        select table_name, shop, day from ops.coverage
    ) as covered
    anti join seed.standing on covered.table_name = standing.input
    union
    select shop, day from span_days
),

whole_shops as (
    select shop
    from changed_coverage
    semi join seed.standing on changed_coverage.table_name = standing.input
)

select distinct shop, day
from known
semi join reached using (shop, day)
union
select shop, day from stale_stock
union
select distinct shop, day
from known
semi join whole_shops using (shop);

-- The orders that have anything on those days, as the temporary table changed_orders (shop, order_id).
create or replace temp table changed_orders as
select shop, order_id from raw.orders semi join changed_days using (shop, day)
union
select shop, order_id from raw.order_lines semi join changed_days using (shop, day)
union
select shop, order_id from raw.refunds semi join changed_days using (shop, day)
union
select shop, order_id from raw.parcels semi join changed_days using (shop, day)
union
select shop, order_id from raw.order_fees semi join changed_days using (shop, day)
union
select shop, order_id from staging.stg_orders semi join changed_days using (shop, day)
union
select shop, order_id from staging.stg_order_lines semi join changed_days using (shop, day)
union
select shop, order_id from staging.stg_refunds semi join changed_days using (shop, day)
union
select shop, order_id from staging.stg_parcels semi join changed_days using (shop, day)
union
select shop, order_id from staging.stg_order_fees semi join changed_days using (shop, day);

drop table span_days;

drop table changed_coverage;

drop table orders_with_changes;
