-- All days and all orders, where everything is built anew.
create or replace temp table touched_days as
select distinct shop, day
from raw.coverage
anti join seed.standing on coverage.table_name = standing.input;

create or replace temp table touched_orders as
select shop, order_id from raw.orders
union
select shop, order_id from raw.order_lines
union
select shop, order_id from raw.refunds;
