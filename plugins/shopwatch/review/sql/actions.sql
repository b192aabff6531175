/*
grain: one row per alert that was open at the end of the week, with earlier decisions about it
note: decided_… is the content of a list of the same week that was already returned
*/
with alerts as (
    select * from review.weekly_alerts
    where week_start = $week and state != 'resolved'
),

metrics as (
    select * from meta.metrics
),

decisions as (
    select * from review.weekly_decision
    where week_start = $week
    qualify row_number() over (partition by alert_key order by decided_on desc, kind desc) = 1
),

meetings as (
    select * from ops.meeting_decisions
    where week_start = $week
)

select
    alerts.*,
    metrics.title_zh as metric_title_zh,
    metrics.title_en as metric_title_en,
    coalesce(alerts.measured_in, metrics.unit) as unit,
    decisions.decision as before_decision,
    decisions.responsible as before_responsible,
    decisions.note as before_note,
    decisions.outcome as before_outcome,
    meetings.decision as decided_decision,
    meetings.responsible as decided_responsible,
    meetings.until as decided_until,
    meetings.note as decided_note
from alerts
inner join metrics using (metric)
left join decisions using (alert_key)
left join meetings using (alert_key)
order by
    alerts.shop, list_position(['critical', 'warning', 'info'], alerts.severity), alerts.at_stake desc nulls last, alerts.alert_key
