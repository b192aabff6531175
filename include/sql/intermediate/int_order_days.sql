/*
grain: one row per shop and day for which an order export shows whether orders came
note: >
  The days that order exports cover, and those between the shop's last order and the time at which an order export
  was written, as far as that is known only by the file's own time: such a file does not prove that nothing was sold
  (it may be cut to a range), but a shop that always sold must not fall silent unnoticed. It ends a month after the last
  order.
*/
with covered_days as (
    select shop, day, load_ids
    from intermediate.int_covered_days
    where input = 'orders'
),

loads as (
    select * from staging.stg_loads
    where state = 'settled'
),

sources as (
    select * from seed.spanned
    where input in ('orders', 'order_lines')
),

ends as (
    select shop, max(day) as last_day
    from covered_days
    group by shop
),

written as (
    select
        loads.shop,
        loads.load_id,
        ends.last_day,
        cast(loads.exported_at as date) - 1 as last_whole_day
    from loads
    inner join ends using (shop)
    inner join sources using (source)
),

after_the_last as (
    select
        shop,
        cast(unnest(generate_series(
            last_day + 1, least(last_whole_day, last_day + 31), interval 1 day
        )) as date) as day,
        load_id
    from written
),

silent as (
    select shop, day, list(load_id order by load_id) as load_ids
    from after_the_last
    group by shop, day
),

order_days as (
    select * from covered_days
    union all
    select * from silent
)

select shop, day, load_ids
from order_days
