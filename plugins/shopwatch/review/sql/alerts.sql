/*
grain: one row per alert of the week, open ones first, the most severe first, then by money at stake
note: page, Monday's mail and the workbook's action list show these rows
*/
with alerts as (
    select * from review.weekly_alerts
    where week_start = $week and shop = coalesce($shop, shop)
),

metrics as (
    select * from meta.metrics
),

belonging as (
    select key as alert_key, belongs_to from ops.alerts
)

select
    alerts.*,
    belonging.belongs_to,
    metrics.title_zh as metric_title_zh,
    metrics.title_en as metric_title_en,
    coalesce(alerts.measured_in, metrics.unit) as unit,
    metrics.numerator_zh,
    metrics.numerator_en,
    metrics.denominator_zh,
    metrics.denominator_en,
    metrics.at_stake_zh,
    metrics.at_stake_en
from alerts
inner join metrics using (metric)
left join belonging using (alert_key)
order by
    alerts.state = 'resolved',
    list_position(['critical', 'warning', 'info'], alerts.severity),
    alerts.at_stake desc nulls last,
    alerts.alert_key
