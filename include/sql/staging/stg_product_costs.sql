/*
grain: one row per shop, product, SKU (missing where it is about all) and day from which cost and prices hold
*/
with product_costs as (
    select * from raw.product_costs
)

select
    shop,
    product_id,
    sku,
    product_name,
    valid_from,
    cast(
        lead(valid_from) over (partition by shop, product_id, sku order by valid_from) - 1
        as date
    ) as valid_until,
    cost,
    other_cost,
    everyday_price,
    member_price,
    campaign_price,
    restock_days,
    listed_on,
    category,
    brand,
    source,
    load_id,
    line
from product_costs
