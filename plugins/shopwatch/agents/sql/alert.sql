/*
grain: one row: the alert with its rule's texts and its KPI's definition; none if there is no such alert
*/
with alerts as (
    select * from ops.alerts
    where key = $key
),

rules as (
    select rule, title_zh, title_en, measure, owner_zh, owner_en, action_zh, action_en, manual_zh, manual_en, measured_in
    from meta.rules
),

metrics as (
    select * from meta.metrics
)

select
    alerts.*,
    rules.title_zh,
    rules.title_en,
    rules.measure,
    rules.owner_zh,
    rules.owner_en,
    rules.action_zh,
    rules.action_en,
    rules.manual_zh,
    rules.manual_en,
    metrics.definition_zh,
    metrics.definition_en,
    coalesce(rules.measured_in, metrics.unit) as unit
from alerts
left join rules using (rule)
left join metrics using (metric)
