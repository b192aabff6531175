/*
grain: one row per stock-keeping unit and day of a stock count
partition: day
note: >
  The warehouses of a unit add up. A number is missing if one of them does not state it. Texts and line are those of the
  first warehouse of the list.
*/
with stock as (
    select *
    from raw.stock
    semi join changed_days using (shop, day)
)

select
    shop,
    day,
    sku,
    arg_min(item_number, line) as item_number,
    arg_min(product_name, line) as product_name,
    arg_min(brand, line) as brand,
    arg_min(spec, line) as spec,
    if(count(on_hand) = count(*), cast(sum(on_hand) as bigint), null) as on_hand,
    if(count(available) = count(*), cast(sum(available) as bigint), null) as available,
    if(count(reserved) = count(*), cast(sum(reserved) as bigint), null) as reserved,
    if(count(on_order) = count(*), cast(sum(on_order) as bigint), null) as on_order,
    source,
    load_id,
    min(line) as line
from stock
group by shop, day, sku, source, load_id
order by day
