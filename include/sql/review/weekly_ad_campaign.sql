/*
grain: one row per shop, ad campaign and week
*/
with campaign_week as (
    select * from marts.fct_campaign_week
),

kpi as (
    select * from kpi.fct_kpi
    where metric = 'roas' and entity_type = 'campaign' and grain = 'week'
),

targets as (
    select * from staging.stg_targets
    where metric = 'roas' and grain = 'week'
),

entities as (
    select * from marts.dim_entity
    where entity_type = 'campaign'
),

night as (
    select night from meta.night
),

measured as (
    select
        campaign_week.*,
        kpi.value as roas,
        kpi.coverage
    from campaign_week
    inner join kpi
        on
            campaign_week.shop = kpi.shop
            and campaign_week.campaign_id = kpi.entity
            and campaign_week.week_start = kpi.period_start
)

select
    this_week.shop,
    this_week.campaign_id,
    entities.name as campaign_name,
    this_week.tool,
    this_week.week_start,
    cast(this_week.week_start + 6 as date) as week_end,
    this_week.currency,
    this_week.impressions,
    this_week.clicks,
    this_week.spend,
    last_week.spend as spend_last_week,
    change(this_week.spend, last_week.spend) as spend_change,
    this_week.ad_revenue,
    last_week.ad_revenue as ad_revenue_last_week,
    change(this_week.ad_revenue, last_week.ad_revenue) as ad_revenue_change,
    this_week.roas,
    last_week.roas as roas_last_week,
    change(this_week.roas, last_week.roas) as roas_change,
    targets.target as roas_target,
    this_week.coverage as completeness,
    this_week.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from measured as this_week
cross join night
left join measured as last_week
    on
        this_week.shop = last_week.shop
        and this_week.campaign_id = last_week.campaign_id
        and this_week.week_start = last_week.week_start + 7
left join entities
    on
        this_week.shop = entities.shop
        and this_week.campaign_id = entities.entity
left join targets
    on
        this_week.shop = targets.shop
        and this_week.week_start = targets.period_start
where this_week.week_start <= night.night
