/*
grain: >
  one row per alert with an earlier decision, or with one in a list of the same week that was already returned (decided_…)
*/
with decisions as (
    select * from review.weekly_decision
    where week_start = $week
    qualify row_number() over (partition by alert_key order by decided_on desc, kind desc) = 1
),

meetings as (
    select * from ops.meeting_decisions
    where week_start = $week
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
