/*
grain: one row per rule that is judged
note: >
  What its alerts were worth: how many fired, were acted on, came to nothing. A rule of which many alerts resolve
  without anybody acting is a rule to change.
columns:
  fired: Alerts that fired, those included that were withdrawn later
  open: Alerts that are firing
  resolved: Alerts that were resolved
  retracted: Alerts that corrected data, a change of the rule or the removal of their shop withdrew
  came_back: Alerts that fired within 8 periods of an earlier one's recovery
  acknowledged: Alerts that somebody took care of or dismissed, those excluded of which it was taken back
  ignored: Alerts that were resolved without anybody taking care of them
  median_days_to_resolve: Median days from the period that fired to the period that resolved
  last_fired: Newest period in which an alert fired; missing where none ever did
*/
with rules as (
    select * from meta.rules
),

alerts as (
    select * from ops.alerts
),

acknowledged as (
    select distinct alert_key as key
    from ops.decisions
    where
        kind in ('acknowledge', 'dismiss')
        and key not in (select lifts from ops.decisions where lifts is not null)
),

decided as (
    select
        alerts.*,
        acknowledged.key is not null as is_acknowledged
    from alerts
    left join acknowledged using (key)
)

select
    rules.rule,
    rules.title_zh,
    rules.title_en,
    rules.owner_zh,
    rules.owner_en,
    count(decided.key) as fired,
    count(*) filter (where decided.state = 'firing') as open,
    count(*) filter (where decided.state = 'resolved') as resolved,
    count(*) filter (where decided.state = 'retracted') as retracted,
    count(*) filter (where len(decided.back_after) > 0) as came_back,
    count(*) filter (where decided.is_acknowledged) as acknowledged,
    count(*) filter (where decided.state = 'resolved' and not decided.is_acknowledged) as ignored,
    median(decided.resolved_at - decided.since) filter (where decided.state = 'resolved') as median_days_to_resolve,
    max(decided.since) as last_fired
from rules
left join decided using (rule)
group by rules.rule, rules.title_zh, rules.title_en, rules.owner_zh, rules.owner_en
