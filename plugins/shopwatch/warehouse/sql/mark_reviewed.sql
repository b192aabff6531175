-- Notes the night and the names that the review tables now have.
delete from meta.unreviewed;

create or replace table meta.reviewed as
select night from meta.night;

create or replace table meta.reviewed_entities as
select shop, entity_type, entity, name, item_number from marts.dim_entity;
