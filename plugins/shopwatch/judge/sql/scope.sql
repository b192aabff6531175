/*
grain: one row per metric, grain, entity and period that is judged again
*/
with entities as (
    select * from ops.judged_entities
),

dirty as (
    select * from judged_dirty
)

select entities.*, dirty.period_start
from entities
inner join dirty using (shop, metric, grain, entity_type)
where dirty.period_start >= entities.first_period
