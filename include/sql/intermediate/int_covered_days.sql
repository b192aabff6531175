/*
grain: one row per input table, shop and day that an export covers
note: >
  A snapshot covers the days it has rows for. An export of orders, refunds, parcels or reviews covers every day
  between its first and its end: a day without an order inside it is a day without orders, not a missing day. Its end is
  the last whole day before the stated time of the export; where only the file's own time is known, the day of its last
  row. Exports of lines without a time of order cover no day's orders. Targets, prices and the like
  hold until others replace them and cover no day. Sessions (input sessions) come in reports of the shop or of its
  channels.
*/
with sources as (
    select * from seed.spanned
),

coverage as (
    select *
    from staging.stg_coverage
    anti join seed.standing using (input)
),

loads as (
    select * from staging.stg_loads
    where state = 'settled'
),

dated as (
    select coverage.*
    from coverage
    left join sources using (source)
    where coverage.input != 'order_lines' or sources.source is not null
),

spanned as (
    select
        sources.input,
        loads.shop,
        cast(unnest(covered_span(loads.first_day, loads.last_day, loads.exported_at, loads.version_rule)) as date) as day,
        loads.load_id
    from loads
    inner join sources using (source)
),

session_days as (
    select 'sessions' as input, coverage.shop, coverage.day, coverage.load_id
    from coverage
    semi join seed.session_exports on coverage.source = session_exports.export
),

covered_days as (
    select input, shop, day, load_id from dated
    union
    select input, shop, day, load_id from session_days
    union
    select input, shop, day, load_id from spanned
)

select
    if(input = 'order_lines', 'orders', input) as input,
    shop,
    day,
    list(load_id order by load_id) as load_ids
from covered_days
group by all
