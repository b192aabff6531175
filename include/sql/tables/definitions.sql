/*
grain: one row per KPI, the meaning of its number and its limits
*/
with metrics as (
    select * from meta.metrics
)

select
    metric,
    stage,
    title_zh,
    title_en,
    definition_zh,
    definition_en,
    caveat_zh,
    caveat_en,
    source
from metrics
order by stage, metric
