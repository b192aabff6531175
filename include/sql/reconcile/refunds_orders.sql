/*
grain: one row per shop and day whose orders have more refunded than was paid for them
note: fct_order counts no more than was paid; the rest is shown here
*/
with orders as (
    select * from marts.fct_order
    where refund_excess > 0
)

select
    shop,
    day,
    cast(count(*) as bigint) as rows_expected,
    cast(count(*) as bigint) as rows_found,
    cast(sum(refunded + refund_excess) as decimal(18, 2)) as money_expected,
    cast(sum(refunded) as decimal(18, 2)) as money_found
from orders
group by shop, day
