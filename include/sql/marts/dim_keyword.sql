/*
grain: one row per line of a keyword list, with the days for which the list holds
note: A list holds until the shop's next one
columns:
  valid_from: Day of the list
  valid_until: Last day on which the list holds; missing for the newest
*/
with keywords as (
    select * from staging.stg_keywords
),

shops as (
    select shop, currency from staging.stg_shops
),

lists as (
    select
        shop,
        checked_on,
        cast(lead(checked_on) over (partition by shop order by checked_on) - 1 as date) as valid_until
    from (select distinct shop, checked_on from keywords)
)

select
    keywords.shop,
    keywords.checked_on as valid_from,
    lists.valid_until,
    keywords.keyword,
    keywords.keyword_kind,
    keywords.channel,
    keywords.product_id,
    keywords.tool,
    keywords.campaign_id,
    keywords.bid,
    keywords.industry_bid,
    keywords.daily_cap,
    shops.currency,
    keywords.load_id
from keywords
inner join lists using (shop, checked_on)
inner join shops using (shop)
