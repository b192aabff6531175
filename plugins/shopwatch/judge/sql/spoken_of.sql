/*
grain: one row per export and shop, with the last day up to the night that it speaks of
note: >
  An export of events (orders, refunds, parcels) speaks of every day before it was made, also where nothing happened.
  Here the file's own time will do: whether the file came, not what is in it, is the question.
*/
with coverage as (
    select source, shop, day from ops.coverage
),

loads as (
    select * from staging.stg_loads
    where state = 'settled'
),

made as (
    select loads.source, loads.shop, cast(loads.exported_at as date) - 1 as day
    from loads
    semi join seed.spanned using (source)
),

spoken_of as (
    select source, shop, day from coverage
    union all
    select source, shop, least(day, $night) as day from made
)

select source, shop, max(day) as last_day
from spoken_of
where day <= $night
group by source, shop
