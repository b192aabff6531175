/*
grain: one row per bid on the keyword in the list of the last day, the highest against the industry average first
columns:
  tool: {title: {zh: 工具, en: Tool}}
  campaign: {title: {zh: 推广计划, en: Campaign}}
  product: {title: {zh: 商品, en: Product}}
  bid: {title: {zh: 出价, en: Bid}, unit: money}
  industry_bid: {title: {zh: 行业均价, en: Industry average}, unit: money}
  to_industry: {title: {zh: 出价 / 均价, en: Bid to average}, unit: ratio}
  valid_from: {title: {zh: 词表日期, en: List of}}
*/
with keywords as (
    select * from marts.dim_keyword
    where
        shop = $shop
        and keyword = $entity
        and bid is not null
        and $last_day between valid_from and coalesce(valid_until, date '9999-12-31')
),

campaigns as (
    select * from marts.dim_campaign
    where shop = $shop
),

products as (
    select * from marts.dim_product
    where shop = $shop
)

select
    keywords.tool,
    coalesce(campaigns.campaign_name, keywords.campaign_id) as campaign,
    coalesce(products.title, keywords.product_id) as product,
    keywords.bid,
    keywords.industry_bid,
    cast(keywords.bid as double) / nullif(cast(keywords.industry_bid as double), 0) as to_industry,
    keywords.valid_from
from keywords
left join campaigns using (campaign_id)
left join products using (product_id)
order by to_industry desc nulls last, keywords.bid desc, keywords.campaign_id, keywords.product_id
