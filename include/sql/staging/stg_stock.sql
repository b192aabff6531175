/*
grain: one row per stock-keeping unit and day of a stock count
partition: day
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
    item_number,
    product_name,
    spec,
    on_hand,
    available,
    reserved,
    on_order,
    source,
    load_id,
    line
from stock
