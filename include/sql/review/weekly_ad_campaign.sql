/*
grain: one row per shop, ad campaign and week
note: >
  A campaign's report does not name what its buyers bought, so its profit and break-even are at the shop's margin of the
  week; both are missing while a cost is unknown.
columns:
  profit: Attributed revenue at the shop's margin before ads, less spend
  profit_last_week: Profit of the week before
  break_even_roas: >-
    The shop's revenue by its margin before ads; a campaign with a lower ROAS loses money. Missing where the shop earns
    nothing before ads
*/
with campaign_week as (
    select * from marts.fct_campaign_week
),

kpi as (
    select * from kpi.fct_kpi
    where metric = 'roas' and entity_type = 'campaign' and grain = 'week'
),

profit_kpi as (
    select * from kpi.fct_kpi
    where metric = 'campaign_profit' and entity_type = 'campaign' and grain = 'week'
),

profit_week as (
    select * from marts.fct_profit_week
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
        kpi.coverage,
        cast(profit_kpi.numerator as decimal(18, 2)) as profit,
        if(
            profit_week.margin_rate_before_ads > 0, 1 / profit_week.margin_rate_before_ads, null
        ) as break_even_roas
    from campaign_week
    inner join kpi
        on
            campaign_week.shop = kpi.shop
            and campaign_week.campaign_id = kpi.entity
            and campaign_week.week_start = kpi.period_start
    left join profit_kpi
        on
            campaign_week.shop = profit_kpi.shop
            and campaign_week.campaign_id = profit_kpi.entity
            and campaign_week.week_start = profit_kpi.period_start
    left join profit_week
        on
            campaign_week.shop = profit_week.shop
            and campaign_week.week_start = profit_week.week_start
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
    this_week.break_even_roas,
    this_week.profit,
    last_week.profit as profit_last_week,
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
