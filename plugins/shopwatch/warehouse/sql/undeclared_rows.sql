-- KPI, entity type and grain of rows that the KPI's head does not declare; they would be lost.
select
    metric_days.metric,
    metric_days.entity_type,
    coalesce(metric_days.grain, '') as grain
from metric_days
anti join seed.metric_grains
    on
        metric_days.metric = metric_grains.metric
        and metric_days.entity_type = metric_grains.entity_type
        and coalesce(metric_days.grain, metric_grains.grain) = metric_grains.grain
where metric_days.entity is not null
order by all
limit 1
