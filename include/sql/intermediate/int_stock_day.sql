/*
grain: one row per stock-keeping unit and day of a stock count
partition: day
note: >
  A unit that a complete list of the last 7 days held and the day's list does not has nothing left, where the contract
  declares so (absent: zero): it has its last row with zeros (is_absent), for 7 days after it was last listed. A list with
  less than half of the units of the longest list of the 7 days before is no complete one, and nothing is absent from it.
columns:
  is_absent: Whether the day's list does not hold the unit any more
*/
with stock as (
    select *
    from staging.stg_stock
    semi join changed_days using (shop, day)
),

recent as (
    select *
    from staging.stg_stock
    semi join seed.absent_is_zero using (source)
    where day >= (select min(day) - 7 from changed_days)
),

lists as (
    select shop, source, day, count(*) as unit_count, min(load_id) as load_id
    from recent
    group by shop, source, day
),

with_before as (
    select
        *,
        max(unit_count) over (
            partition by shop, source order by day
            range between interval 7 day preceding and interval 1 day preceding
        ) as units_before
    from lists
),

complete as (
    select *
    from with_before
    semi join changed_days using (shop, day)
    where coalesce(unit_count >= 0.5 * units_before, true)
),

absent as (
    select
        recent.* replace (
            complete.day as day,
            complete.load_id as load_id,
            cast(0 as bigint) as on_hand,
            cast(0 as bigint) as available
        )
    from complete
    inner join recent
        on
            complete.shop = recent.shop
            and complete.source = recent.source
            and recent.day between complete.day - 7 and complete.day - 1
    anti join stock
        on
            complete.shop = stock.shop
            and complete.day = stock.day
            and recent.sku = stock.sku
    qualify row_number() over (
        partition by complete.shop, complete.day, recent.sku
        order by recent.day desc, recent.source
    ) = 1
),

every_unit as (
    select *, false as is_absent from stock
    union all by name
    select *, true as is_absent from absent
)

select
    shop,
    day,
    sku,
    item_number,
    product_name,
    spec,
    on_hand,
    available,
    reserved,
    on_order,
    is_absent,
    source,
    load_id,
    line
from every_unit
order by day
