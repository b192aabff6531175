/*
grain: one row per shop and day whose orders have more refunded than was paid for them
note: fct_order counts no more than was paid; the rest is shown here
*/
with orders as (
    select * from marts.fct_order
    where refund_excess > 0
)

select 'expected' as side, shop, day, 1 as row_count, refunded + refund_excess as money
from orders
union all by name
select 'found' as side, shop, day, 1 as row_count, refunded as money
from orders
