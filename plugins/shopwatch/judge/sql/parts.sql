/*
grain: one row, with the number of parts of the entities that have some $rows rows of KPIs each
*/
with inputs as (
    select * from ops.judged_inputs
)

select greatest(cast(ceil(sum(entities) / $rows) as bigint), 1) as parts
from inputs
