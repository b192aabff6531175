/*
grain: >
  one row per shop, campaign report and campaign that spent money on the last day that it was listed, and that later lists
  leave out, of the last 14 days
note: >
  Half a list (intermediate.int_short_days) leaves nothing out. A weekday on which the campaign was not listed a week
  before either is its day of rest, and proves nothing. A campaign that is listed again has no row.
columns:
  absent_since: First day of a list without the campaign
  is_spend_zero: Whether the report leaves out campaigns that spent nothing, as `absent` in its contract declares
  spend_last_day: Spend of the last day that the campaign was listed
  load_id: The newest file of the first list without it
*/
with ad_day as (
    select * from staging.stg_ad_day
    where report = 'campaign' and campaign_id is not null
),

short_days as (
    select * from intermediate.int_short_days
    where is_incomplete
),

absent_is_zero as (
    select * from seed.absent_is_zero
),

listed as (
    select
        shop,
        source,
        campaign_id,
        day,
        cast(sum(spend) as decimal(18, 2)) as spend
    from ad_day
    group by shop, source, campaign_id, day
),

campaigns as (
    select
        shop,
        source,
        campaign_id,
        min(day) as first_day,
        max(day) as last_day,
        max_by(spend, day) as spend_last_day
    from listed
    group by shop, source, campaign_id
),

lists as (
    select
        ad_day.shop,
        ad_day.source,
        ad_day.day,
        max(ad_day.load_id) as load_id,
        max(ad_day.day) over (partition by ad_day.shop, ad_day.source) as newest_day
    from ad_day
    anti join short_days using (shop, source, day)
    group by ad_day.shop, ad_day.source, ad_day.day
),

left_out as (
    select campaigns.*, lists.day, lists.load_id, lists.newest_day
    from campaigns
    inner join lists using (shop, source)
    where campaigns.spend_last_day > 0 and lists.day > campaigns.last_day
),

-- The same weekday of the week before, of which a list is there.
rested as (
    select left_out.shop, left_out.source, left_out.campaign_id, left_out.day
    from left_out
    inner join lists
        on
            left_out.shop = lists.shop
            and left_out.source = lists.source
            and left_out.day - 7 = lists.day
            and left_out.day - 7 between left_out.first_day and left_out.last_day
    anti join listed
        on
            left_out.shop = listed.shop
            and left_out.source = listed.source
            and left_out.campaign_id = listed.campaign_id
            and left_out.day - 7 = listed.day
)

select
    left_out.shop,
    left_out.source,
    left_out.campaign_id,
    min(left_out.day) as absent_since,
    absent_is_zero.source is not null as is_spend_zero,
    left_out.spend_last_day,
    min_by(left_out.load_id, left_out.day) as load_id
from left_out
anti join rested using (shop, source, campaign_id, day)
left join absent_is_zero using (source)
group by all
having min(left_out.day) > max(left_out.newest_day) - 14
