/*
grain: one row per shop and day whose ad money in fct_ad_day is not that of its campaigns (days of which campaign reports tell all)
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
),

expected as (
    select shop, day, 0 as row_count, sum(spend) as money
    from ad_day
    semi join by_campaign using (shop, day)
    group by shop, day
),

found as (
    select shop, day, 0 as row_count, sum(spend) as money
    from campaign_day
    semi join by_campaign using (shop, day)
    group by shop, day
),

compared as (
    select
        coalesce(expected.shop, found.shop) as shop,
        coalesce(expected.day, found.day) as day,
        coalesce(expected.row_count, 0) as rows_expected,
        coalesce(found.row_count, 0) as rows_found,
        cast(coalesce(expected.money, 0) as decimal(18, 2)) as money_expected,
        cast(coalesce(found.money, 0) as decimal(18, 2)) as money_found
    from expected
    full join found
        on
            expected.shop = found.shop
            and expected.day = found.day
)

select shop, day, rows_expected, rows_found, money_expected, money_found
from compared
where rows_expected != rows_found or money_expected != money_found
