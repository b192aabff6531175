/*
grain: one row per shop, metric, grain, entity type and closed period whose KPIs differ from those judged last
*/
with known as (
    select * from ops.judged_inputs
    semi join judged_marks using (shop, grain, period_start)
),

inputs as (
    select * from judged_inputs
)

select shop, metric, grain, entity_type, period_start
from known
full join inputs using (shop, metric, grain, entity_type, period_start)
where known.fingerprint is distinct from inputs.fingerprint or known.entities is distinct from inputs.entities
