/*
grain: one row per ad campaign of the week, the most spend first
*/
with campaign_week as (
    select * from review.weekly_campaign
    where week_start = $week
)

select
    campaign_week.*,
    'campaign' as entity_type,
    campaign_id as entity,
    case
        when roas < roas_target then 'target_missed'
        when roas >= roas_target then 'target_met'
    end as verdict
from campaign_week
order by shop, spend desc nulls last, campaign_id
