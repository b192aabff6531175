/*
grain: >
  one row per alert with an earlier decision, or with one in a list of the same week that was already returned (decided_…)
*/
with decisions as (
    select * from review.weekly_decision
    where week_start = $week
    qualify row_number() over (partition by alert_key order by decided_on desc, kind desc) = 1
),

alerts as (
    select * from ops.alerts
),

-- About the alert that it is now, where a correction moved its start. Of two that became one, the later decision.
meetings as (
    select
        meeting_decisions.* exclude (alert_key),
        coalesce(alerts.moved_to, meeting_decisions.alert_key) as alert_key
    from ops.meeting_decisions
    left join alerts on meeting_decisions.alert_key = alerts.key
    where meeting_decisions.week_start = $week
    qualify row_number() over (
        partition by coalesce(alerts.moved_to, meeting_decisions.alert_key)
        order by meeting_decisions.decided_on desc, alerts.moved_to is null desc
    ) = 1
)

select
    coalesce(decisions.alert_key, meetings.alert_key) as alert_key,
    decisions.decision as before_decision,
    decisions.responsible as before_responsible,
    decisions.note as before_note,
    decisions.outcome as before_outcome,
    meetings.decision as decided_decision,
    meetings.responsible as decided_responsible,
    meetings.until as decided_until,
    meetings.note as decided_note
from decisions
full join meetings on decisions.alert_key = meetings.alert_key
