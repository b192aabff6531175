/*
grain: one row per shop and ad campaign (推广计划) that an ad report names
note: >
  Names, account and tool are those of the newest day. Promotions that the shop plans itself (营销活动) are no ad
  campaigns: they are in fct_plan_day and review.weekly_promotion.
columns:
  ad_account: Ad account that the campaign belongs to
  tool: Ad tool of the campaign
  first_seen_on: First day on which a report names the campaign
  last_seen_on: Last day on which a report names the campaign
*/
with ad_day as (
    select * from staging.stg_ad_day
    where campaign_id is not null
)

select
    shop,
    campaign_id,
    max_by(campaign_name, struct_pack(day := day, name := campaign_name)) filter (where campaign_name is not null) as campaign_name,
    max_by(ad_account, struct_pack(day := day, account := ad_account)) filter (where ad_account is not null) as ad_account,
    max_by(tool, struct_pack(day := day, tool := tool)) filter (where tool is not null) as tool,
    min(day) as first_seen_on,
    max(day) as last_seen_on
from ad_day
group by shop, campaign_id
