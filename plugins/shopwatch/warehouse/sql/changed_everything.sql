-- All days and all orders, for a full build.
create or replace temp table changed_days as
select distinct shop, day
from raw.coverage
anti join seed.standing on coverage.table_name = standing.input
union
select
    shop,
    cast(unnest(covered_span(first_day, last_day, exported_at, version_rule)) as date) as day
from raw.loads
semi join seed.spanned using (source)
where state = 'settled';

create or replace temp table changed_orders as
select shop, order_id from raw.orders
union
select shop, order_id from raw.order_lines
union
select shop, order_id from raw.refunds
union
select shop, order_id from raw.parcels
union
select shop, order_id from raw.order_fees;
