/*
grain: one row per entity whose name, id or item number contains the text, the best match first
note: >
  the text is in lower case, once for each width of its letters ($texts); $translated has the entities that it names in a language of
  the pages. An equal id comes first, then what has open alerts, then what was seen last
*/
with texts as (
    select unnest($texts) as text
),

entities as (
    select * from marts.dim_entity
),

shops as (
    select * from marts.dim_shop
    union all by name
    select shop, name as title from marts.dim_entity
    where entity_type = 'group'
),

alerts as (
    select * from ops.alerts
    where state = 'firing'
),

open_alerts as (
    select shop, entity_type, entity, count(*) as alerts
    from alerts
    group by shop, entity_type, entity
),

found as (
    select
        entities.*,
        if(entities.entity_type = 'shop', shops.title, entities.name) as title,
        coalesce(shops.title, entities.shop) as shop_title
    from entities
    left join shops using (shop)
    where
        list_contains($translated, entities.entity_type || ':' || entities.entity)
        or exists (
            select 1 from texts
            where
                contains(lower(if(entities.entity_type = 'shop', shops.title, entities.name)), texts.text)
                or contains(lower(entities.entity), texts.text)
                or contains(lower(entities.item_number), texts.text)
        )
)

select
    found.shop,
    found.shop_title,
    found.entity_type,
    found.entity,
    coalesce(found.title, found.entity) as title,
    found.item_number,
    coalesce(open_alerts.alerts, 0) as alerts,
    count(*) over () as found_all
from found
left join open_alerts using (shop, entity_type, entity)
order by
    lower(found.entity) in (select text from texts) desc,
    lower(coalesce(found.item_number, '')) in (select text from texts) desc,
    alerts desc,
    found.last_day desc nulls last,
    found.shop,
    found.entity_type,
    found.entity
limit $most
