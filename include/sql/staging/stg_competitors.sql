/*
grain: one row per shop, day of the look, competitor, competing product and product of ours
*/
with competitors as (
    select * from raw.competitors
)

select
    shop,
    checked_on,
    competitor,
    competitor_product,
    product_id,
    competitor_price,
    price_low,
    price_high,
    competitor_pieces,
    competitor_score,
    competitor_campaign,
    bad_review_theme,
    our_edge,
    source,
    load_id,
    line
from competitors
