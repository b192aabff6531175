/*
grain: one row per alert that was open in the week or resolved in it, the most severe first, then by money at stake
*/
with alerts as (
    select * from review.weekly_alerts
    where week_start = $week
),

metrics as (
    select * from meta.metrics
),

decisions as (
    select * from ops.decisions
),

assigned as (
    select alert_key, owner
    from decisions
    where
        kind = 'assign'
        and key not in (select lifts from decisions where lifts is not null)
    qualify row_number() over (partition by alert_key order by "at" desc) = 1
)

select
    alerts.alert_key,
    alerts.shop,
    alerts.currency,
    alerts.severity,
    list_position(['critical', 'warning', 'info'], alerts.severity) as severity_rank,
    case
        when alerts.state = 'resolved' then 'resolved'
        when alerts.is_new then 'is_new'
        else 'is_open'
    end as standing,
    'stage_' || metrics.stage as stage_name,
    alerts.rule_title_zh,
    alerts.rule_title_en,
    alerts.entity_type,
    alerts.entity,
    alerts.entity_name,
    coalesce(alerts.measured_in, metrics.unit) as unit,
    alerts.measured as value,
    alerts.threshold,
    alerts.at_stake,
    alerts.since,
    coalesce(assigned.owner, alerts.owner_zh) as owner,
    alerts.decision,
    alerts.decided_by,
    alerts.action_zh,
    alerts.action_en
from alerts
left join metrics using (metric)
left join assigned using (alert_key)
order by
    alerts.state = 'resolved',
    severity_rank,
    alerts.at_stake desc nulls last,
    alerts.alert_key
