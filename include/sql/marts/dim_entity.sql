/*
grain: one row per shop, entity type and entity that an alert can be about
note: the name is the one in the newest day that has one
columns:
  status: Newest status of the product in the traffic report; missing for all other things
*/
with product_day as (
    select * from staging.stg_product_day
),

order_lines as (
    select * from staging.stg_order_lines
),

ad_day as (
    select * from staging.stg_ad_day
    where campaign_id is not null
),

creatives as (
    select * from staging.stg_ad_day
    where report = 'creative' and subject_id is not null
),

stock as (
    select * from staging.stg_stock
),

checklist as (
    select * from staging.stg_checklist
),

service_agent_day as (
    select * from staging.stg_service_agent_day
),

reviews as (
    select * from staging.stg_reviews
    where theme is not null
),

provinces as (
    select shop, province, day from staging.stg_parcels
    where province is not null
    union
    select shop, province, day from staging.stg_orders
    where province is not null
    union
    select shop, province, day from staging.stg_order_lines
    where province is not null
),

parcels as (
    select * from staging.stg_parcels
    where carrier is not null
),

refunds as (
    select * from staging.stg_refunds
    where reason is not null
),

targets as (
    select * from staging.stg_targets
),

platform_standards as (
    select * from staging.stg_platform_standards
),

keywords as (
    select * from staging.stg_keywords
),

campaign_plan as (
    select * from staging.stg_campaign_plan
),

product_costs as (
    select * from staging.stg_product_costs
    where product_id is not null
),

metrics as (
    select * from seed.metrics
),

shops as (
    select *
    from staging.stg_shops
    semi join marts.dim_shop using (shop)
),

named_targets as (
    select
        targets.shop,
        targets.metric || '/' || targets.grain as target,
        if(
            shops.language = 'zh',
            metrics.title_zh || if(targets.grain = 'month', '（月）', '（周）'),
            metrics.title_en || if(targets.grain = 'month', ' (month)', ' (week)')
        ) as name,
        targets.period_start as day
    from targets
    inner join metrics using (metric)
    inner join shops using (shop)
),

groups as (
    select groups.shop, groups.title
    from seed.groups as groups
    semi join (
        select group_shops.shop_group
        from seed.group_shops as group_shops
        semi join marts.dim_shop as dim_shop using (shop)
    ) as with_data on groups.shop = with_data.shop_group
),

sold as (
    select
        order_lines.shop,
        order_lines.product_key,
        case
            when order_lines.product_key != 'no_product' then order_lines.product_name
            else if(shops.language = 'zh', '（未注明商品）', '(no product stated)')
        end as product_name,
        order_lines.item_number,
        order_lines.day
    from order_lines
    inner join shops using (shop)
),

seen as (
    select shop, 'product' as entity_type, product_id as entity, product_name as name, item_number, product_status as status, day from product_day
    union all
    select shop, 'product', product_key, product_name, item_number, null, day from sold
    union all
    select shop, 'campaign', campaign_id, campaign_name, null, null, day from ad_day
    union all
    select shop, 'creative', subject_id, subject_name, null, null, day from creatives
    union all
    select shop, 'sku', sku, product_name, item_number, null, day from stock
    union all
    select shop, 'item', area || '/' || item, item, null, null, coalesce(done_on, due_on, expires_on) from checklist
    union all
    select shop, 'agent', agent, agent, null, null, day from service_agent_day
    union all
    select shop, 'theme', theme, theme, null, null, day from reviews
    union all
    select shop, 'carrier', carrier, carrier, null, null, day from parcels
    union all
    select shop, 'region', province, province, null, null, day from provinces
    union all
    select shop, 'target', target, name, null, null, day from named_targets
    union all
    select shop, 'keyword', keyword, keyword, null, null, checked_on from keywords
    union all
    select shop, 'reason', reason, reason, null, null, day from refunds
    union all
    select shop, 'measure', measure, measure, null, null, checked_on from platform_standards
    union all
    select shop, 'plan', plan_month || '/' || campaign, campaign, null, null, starts_on from campaign_plan
    union all
    select shop, 'product', product_id, product_name, null, null, valid_from from product_costs
    union all
    select shop, 'shop', shop, title, null, null, null from shops
    where title is not null
    union all
    select shop, 'group', shop, title, null, null, null from groups
),

-- Few names to compare for each entity instead of one a day. Rows without a day stay apart.
spans as (
    select
        shop,
        entity_type,
        entity,
        name,
        item_number,
        status,
        min(day) as first_day,
        max(day) as last_day
    from seen
    group by shop, entity_type, entity, name, item_number, status, day is null
)

select
    shop,
    entity_type,
    entity,
    max_by(name, struct_pack(day := last_day, name := name)) filter (where name is not null) as name,
    max_by(item_number, struct_pack(day := last_day, item := item_number)) filter (where item_number is not null)
        as item_number,
    max_by(status, struct_pack(day := last_day, status := status)) filter (where status is not null) as status,
    min(first_day) as first_day,
    max(last_day) as last_day
from spans
group by shop, entity_type, entity
