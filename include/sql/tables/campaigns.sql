/*
grain: one row per ad campaign of the week, those with the most severe alerts first, then by spend
*/
with campaign_week as (
    select * from review.weekly_ad_campaign
    where week_start = $week
),

alerts as (
    select
        shop,
        entity as campaign_id,
        min(list_position(['critical', 'warning', 'info'], severity)) as severity_rank
    from review.weekly_alerts
    where week_start = $week and entity_type = 'campaign' and state = 'firing'
    group by shop, entity
)

select
    campaign_week.*,
    'campaign' as entity_type,
    campaign_week.campaign_id as entity,
    ['critical', 'warning', 'info'][alerts.severity_rank] as alert,
    case
        when not campaign_week.is_closed or campaign_week.completeness < 1 then null
        when campaign_week.roas < campaign_week.roas_target then 'target_missed'
        when campaign_week.roas >= campaign_week.roas_target then 'target_met'
    end as verdict
from campaign_week
left join alerts
    on
        campaign_week.shop = alerts.shop
        and campaign_week.campaign_id = alerts.campaign_id
order by
    campaign_week.shop,
    alerts.severity_rank nulls last,
    campaign_week.spend desc nulls last,
    campaign_week.campaign_id
