/*
grain: one row per shop and day whose ad money in fct_ad_day is not that of its campaigns (days that campaign reports cover completely)
*/
with ad_day as (
    select * from marts.fct_ad_day
),

campaign_day as (
    select * from marts.fct_campaign_day
),

by_campaign as (
    select shop, day
    from intermediate.int_ad_day
    where is_shop_spend or is_campaign_spend
    group by shop, day
    having bool_and(report = 'campaign' and is_shop_spend and is_campaign_spend)
)

select 'expected' as side, shop, day, 0 as row_count, spend as money
from ad_day
semi join by_campaign using (shop, day)
union all by name
select 'found' as side, shop, day, 0 as row_count, spend as money
from campaign_day
semi join by_campaign using (shop, day)
