/*
grain: one row per line of an ad report, as fine as the report states
partition: day
note: >
  Platforms report the same spend several times: by account, campaign, product and creative. It counts once.
  For the shop, only the coarsest report with spend of a day and ad account counts, as
  finer ones leave out what they cannot assign. For campaigns, the coarsest of those that name campaigns counts: a
  product report with campaign ids only where no campaign report covers that day and ad account. For products, the coarsest
  of those that name what is advertised, neither a creative nor a video nor the shop being a product. Creatives count by
  themselves where no report of that day and ad_account names campaigns. Ad accounts are never compared. Of two exports
  that are equally coarse (Amazon's old and new console) one counts.
*/
with ad_day as (
    select *
    from staging.stg_ad_day
    semi join changed_days using (shop, day)
),

ranked as (
    select
        *,
        {
            'level': coalesce(list_position(['account', 'campaign', 'product', 'creative'], report), 5),
            'source': source
        } as fineness,
        if(report in ('campaign', 'product') and coalesce(subject_type, '商品') in ('商品', '宝贝'), subject_id, null) as product_id,
        if(report = 'creative', subject_id, null) as creative_id
    from ad_day
),

compared as (
    select
        *,
        min(fineness) filter (where spend is not null) over (partition by shop, day, ad_account) as of_shop,
        min(fineness) filter (where campaign_id is not null) over (partition by shop, day, ad_account) as of_campaigns,
        min(fineness) filter (where product_id is not null) over (partition by shop, day, ad_account) as of_products
    from ranked
)

select
    shop,
    day,
    ad_account,
    report,
    coalesce(fineness = of_shop, false) as is_shop_spend,
    coalesce(campaign_id is not null and fineness = of_campaigns, false) as is_campaign_spend,
    coalesce(product_id is not null and fineness = of_products, false) as is_product_spend,
    creative_id is not null and of_campaigns is null as is_creative_spend,
    campaign_id,
    product_id,
    creative_id,
    tool,
    impressions,
    clicks,
    spend,
    ad_revenue,
    ad_orders,
    net_ad_revenue,
    net_ad_orders,
    source,
    load_id,
    line
from compared
