-- Versions of each unit with incoming rows: one row per unit and load. The export states which is newer.
create or replace temp table versions as
with incoming_units as (
    select source, shop, unit, load_id, max(version) as version
    from incoming_rows as incoming
    group by all
),

kept_units as (
    select source, shop, unit, load_id, max(version) as version
    from kept_rows as kept
    semi join incoming_units using (source, shop, unit)
    group by all
),

found as (
    select * from incoming_units
    union all
    select * from kept_units
)

select
    source,
    shop,
    unit,
    load_id,
    version,
    true as is_stated,
    cast([] as decimal(18, 2) []) as progress
from found
