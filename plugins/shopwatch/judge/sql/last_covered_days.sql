/*
grain: one row per export and shop, with the last day that it covers up to the night
note: >
  An export of events (orders, refunds, parcels) covers every day before it was made, even days without events.
  The file's own time suffices here, since its arrival matters and not its content.
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

covered_days as (
    select source, shop, day from coverage
    union all
    select source, shop, least(day, $night) as day from made
)

select source, shop, max(day) as last_day
from covered_days
where day <= $night
group by source, shop
