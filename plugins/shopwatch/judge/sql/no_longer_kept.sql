/*
grain: one row per entity that was kept in the last evaluation and no longer is
*/
with kept_before as (
    select * from ops.judged_kept
),

kept as (
    select * from judged_kept
)

select rule, shop, entity_type, entity
from kept_before
anti join kept using (rule, shop, entity_type, entity)
