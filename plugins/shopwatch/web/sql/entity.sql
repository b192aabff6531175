/*
grain: one row: the entity (a product, a campaign, …) with its shop; none if neither a name nor a number is known
*/
with entities as (
    select * from marts.dim_entity
    where shop = $shop and entity_type = $entity_type and entity = $entity
),

shops as (
    select * from marts.dim_shop
    where shop = $shop
    union all by name
    select shop, name as title from marts.dim_entity
    where shop = $shop and entity_type = 'group'
),

related as (
    select
        list(struct_pack(entity_type := others.entity_type, entity := others.entity, name := others.name)
            order by others.entity_type, others.entity) as things
    from marts.dim_entity as others
    inner join entities
        on
            others.shop = entities.shop
            and others.item_number = entities.item_number
    where (others.entity_type, others.entity) != (entities.entity_type, entities.entity)
)

select
    shops.shop,
    coalesce(shops.title, shops.shop) as shop_title,
    shops.currency,
    entities.name,
    entities.item_number,
    entities.status,
    entities.first_day,
    entities.last_day,
    coalesce(related.things, []) as related
from shops
cross join related
left join entities using (shop)
