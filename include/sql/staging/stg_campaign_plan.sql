/*
grain: one row per shop, planned month and campaign
*/
with campaign_plan as (
    select * from raw.campaign_plan
)

select
    shop,
    plan_month,
    campaign,
    campaign_kind,
    starts_on,
    ends_on,
    warmup_from,
    mechanics,
    budget,
    revenue_goal,
    product_id,
    promotion_price,
    warmup_price,
    warmup_price_from,
    owner,
    coalesce(plan_state = 'cancelled', false) as is_cancelled,
    source,
    load_id,
    line
from campaign_plan
