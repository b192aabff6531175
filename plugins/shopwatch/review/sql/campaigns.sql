/*
grain: one row per ad campaign of the week, those under their target first, then by spend; at most $most per shop
*/
with campaign_week as (
    select * from review.weekly_ad_campaign
    where week_start = $week and shop = coalesce($shop, shop)
),

alerts as (
    select distinct shop, entity as campaign_id
    from review.weekly_alerts
    where week_start = $week and shop = coalesce($shop, shop) and entity_type = 'campaign' and state = 'firing'
)

select
    campaign_week.*,
    alerts.campaign_id is not null as has_alert,
    coalesce(campaign_week.roas < campaign_week.roas_target, false) as is_below_target,
    count(*) over (partition by campaign_week.shop) as campaigns_all
from campaign_week
left join alerts
    on
        campaign_week.shop = alerts.shop
        and campaign_week.campaign_id = alerts.campaign_id
qualify
    row_number() over (
        partition by campaign_week.shop
        order by has_alert desc, is_below_target desc, campaign_week.spend desc nulls last, campaign_week.campaign_id
    ) <= $most
order by
    campaign_week.shop, has_alert desc, is_below_target desc, campaign_week.spend desc nulls last, campaign_week.campaign_id
