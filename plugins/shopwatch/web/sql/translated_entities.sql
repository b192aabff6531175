/*
grain: one row per entity whose name is a text of the pages: targets, review themes and lines without a product
*/
with entities as (
    select * from marts.dim_entity
)

select distinct entity_type, entity
from entities
where entity_type in ('target', 'theme') or (entity_type = 'product' and entity = 'no_product')
order by entity_type, entity
