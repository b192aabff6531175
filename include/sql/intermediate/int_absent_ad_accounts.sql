/*
grain: one row per shop, ad account and day on which its report is expected and missing
note: >
  A shop's spend is the sum of its ad accounts, so a day that lacks one of them has no known spend. An ad account is
  expected from the first day of its reports until four weeks after the last; after that it is taken as given up. It is not
  expected after the day that shops.yaml declares as its last (ended_ad_accounts).
*/
with ad_day as (
    select distinct shop, day, ad_account
    from staging.stg_ad_day
),

days as (
    select * from intermediate.int_days
),

ended as (
    select * from seed.ended_ad_accounts
),

ad_accounts as (
    select
        ad_day.shop,
        ad_day.ad_account,
        min(ad_day.day) as first_day,
        cast(least(max(ad_day.day) + interval 28 day, any_value(ended.last_day)) as date) as last_day
    from ad_day
    left join ended using (shop, ad_account)
    group by ad_day.shop, ad_day.ad_account
),

expected as (
    select days.shop, days.day, ad_accounts.ad_account
    from days
    inner join ad_accounts using (shop)
    where days.day between ad_accounts.first_day and ad_accounts.last_day
)

select
    expected.shop,
    expected.day,
    expected.ad_account
from expected
anti join ad_day using (shop, day, ad_account)
