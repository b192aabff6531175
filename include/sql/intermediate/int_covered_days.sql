/*
grain: one row an input table, shop and day that some export speaks of
note: >
  A snapshot speaks of the days it has rows for. An export of orders, refunds, parcels or reviews speaks of every day
  between its first and its last: a day without an order inside it is a day without orders, not a missing day. Exports
  of lines that do not say when they were ordered speak of no day's orders. Targets, prices and the like hold until
  others replace them and speak of no day.
*/
with undated as (
    select source
    from staging.stg_order_lines
    group by source
    having bool_and(ordered_at is null and paid_at is null)
),

coverage as (
    select *
    from staging.stg_coverage
    anti join undated using (source)
    anti join seed.standing using (input)
),

loads as (
    select * from staging.stg_loads
    where state = 'settled'
),

sources as (
    select distinct source, input
    from coverage
    semi join seed.spanned using (source)
),

spanned as (
    select
        sources.input,
        loads.shop,
        cast(unnest(generate_series(loads.first_day, loads.last_day, interval 1 day)) as date) as day,
        loads.load_id
    from loads
    inner join sources using (source)
    where loads.first_day is not null
),

spoken_of as (
    select input, shop, day, load_id from coverage
    union
    select input, shop, day, load_id from spanned
)

select
    if(input = 'order_lines', 'orders', input) as input,
    shop,
    day,
    list(load_id order by load_id) as load_ids
from spoken_of
group by all
