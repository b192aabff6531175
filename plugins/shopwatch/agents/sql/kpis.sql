/*
grain: one row per KPI, with its definition in both languages
*/
with metrics as (
    select * from meta.metrics
)

select
    metric,
    title_zh,
    title_en,
    stage,
    unit,
    direction,
    by_entity,
    definition_zh,
    definition_en,
    numerator_zh,
    numerator_en,
    denominator_zh,
    denominator_en,
    caveat_zh,
    caveat_en
from metrics
order by stage, metric
