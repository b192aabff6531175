/*
grain: one row per KPI and period of one entity in the last $days days, oldest first
note: an absent period has no number; it is not zero
*/
with fct_kpi as (
    select * from kpi.fct_kpi
    where
        shop = $shop
        and entity_type = $entity_type
        and entity = $entity
        and period_start > cast($night as date) - cast($days as integer)
),

metrics as (
    select * from meta.metrics
)

select
    fct_kpi.metric,
    fct_kpi.grain,
    fct_kpi.period_start,
    fct_kpi.value,
    fct_kpi.numerator,
    fct_kpi.denominator,
    fct_kpi.coverage,
    fct_kpi.currency,
    metrics.unit,
    metrics.title_zh,
    metrics.title_en,
    metrics.numerator_zh,
    metrics.numerator_en,
    metrics.denominator_zh,
    metrics.denominator_en,
    metrics.definition_zh,
    metrics.definition_en
from fct_kpi
inner join metrics using (metric)
order by fct_kpi.metric, fct_kpi.grain desc, fct_kpi.period_start
