/*
grain: one row per shop, day of the list, keyword, channel, product and ad campaign
*/
with keywords as (
    select * from raw.keywords
)

select
    shop,
    checked_on,
    keyword,
    keyword_kind,
    channel,
    product_id,
    tool,
    campaign_id,
    bid,
    industry_bid,
    daily_cap,
    source,
    load_id,
    line
from keywords
