/*
grain: one row per KPI, with its meaning and its caveat
*/
with metrics as (
    select * from meta.metrics
)

select
    metric,
    title_zh,
    title_en,
    stage,
    direction,
    definition_zh,
    definition_en,
    caveat_zh,
    caveat_en
from metrics
