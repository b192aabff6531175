-- Records the inputs of this evaluation, for the next one.
create or replace table ops.judged_kept as
select distinct kept.*
from judged_kept as kept;

create or replace table ops.judged_items as
select shop, entity_type, entity, item_number from marts.dim_entity
where item_number is not null;

create or replace table ops.judged_basis as
select night, cast(null as varchar) as basis from judged_night;
