/*
grain: one row per alert and kind of decision followed up in the week, with its outcome
*/
with decisions as (
    select * from review.weekly_decision
    where week_start = $week
),

alerts as (
    select distinct alert_key, grain
    from review.weekly_alerts
),

departments as (
    select distinct owner_zh, owner_en
    from review.weekly_alerts
)

select
    decisions.*,
    alerts.grain,
    decisions.responsible as responsible_zh,
    coalesce(departments.owner_en, decisions.responsible) as responsible_en
from decisions
left join alerts using (alert_key)
left join departments on decisions.responsible = departments.owner_zh
order by
    decisions.shop,
    decisions.outcome in ('resolved', 'withdrawn'),
    decisions.until nulls last,
    decisions.alert_key,
    decisions.kind
