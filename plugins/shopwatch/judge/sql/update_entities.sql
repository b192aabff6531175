-- Brings ops.judged_entities up to date.
delete from ops.judged_entities
where
    (shop, metric, grain, entity_type, entity) in (
        select shop, metric, grain, entity_type, entity from judged_changed_entities
    );

insert into ops.judged_entities by name
select shop, metric, grain, entity_type, entity, covered_by, first_period
from judged_changed_entities
where first_period is not null;
