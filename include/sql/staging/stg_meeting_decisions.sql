/*
grain: one row per alert and reviewed week that a meeting's list comments on, by the newest such list
note: >
  An alert is known by its key alone, whichever shop's folder the list came back through. A newer list in which its
  cells are empty takes the decision back. A department alone is no decision: the list proposes one.
columns:
  week_start: Monday of the week whose review the meeting had before it
  until: Day by which it is to be done
  note: What the meeting wrote beside the decision
*/
with meeting_decisions as (
    select * from raw.meeting_decisions
),

newest as (
    select *
    from meeting_decisions
    qualify row_number() over (partition by alert_key, week order by version desc, load_id desc, line desc) = 1
)

select
    alert_key,
    cast(date_trunc('week', week) as date) as week_start,
    decision,
    responsible,
    until,
    note,
    cast(version as date) as decided_on,
    source,
    load_id,
    line
from newest
where decision is not null or until is not null or note is not null
