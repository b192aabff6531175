/*
grain: one row: the alert with its names
*/
with alerts as (
    select * from ops.alerts
),

entities as (
    select * from marts.dim_entity
),

shops as (
    select * from marts.dim_shop
    union all by name
    select shop, name as title from marts.dim_entity
    where entity_type = 'group'
)

select
    alerts.*,
    coalesce(shops.title, alerts.shop) as shop_title,
    coalesce(entities.name, alerts.entity) as name
from alerts
left join shops using (shop)
left join entities using (shop, entity_type, entity)
where alerts.key = $key
