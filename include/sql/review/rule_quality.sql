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
  acknowledged: Alerts that somebody acknowledged, by the last decision about each that was not taken back
  dismissed: Alerts that somebody dismissed, by the last decision about each that was not taken back
  ignored: Alerts that were resolved without either decision
  most_in_a_night: Most alerts that fired in one night in one shop; a rule that comes close to the limit of a team's mail fills it
  median_days_to_resolve: Median days from the period that fired to the period that resolved
  last_fired: Newest period in which an alert fired; missing where none ever did
*/
with rules as (
    select * from meta.rules
),

alerts as (
    select * from ops.alerts
),

decisions as (
    select * from ops.decisions
),

events as (
    select * from ops.alert_events
),

answers as (
    select alert_key as key, kind
    from decisions
    where
        kind in ('acknowledge', 'dismiss')
        and key not in (select lifts from decisions where lifts is not null)
    qualify row_number() over (partition by alert_key order by "at" desc) = 1
),

decided as (
    select
        alerts.*,
        answers.kind as answer
    from alerts
    left join answers using (key)
),

nights as (
    select alerts.rule, count(distinct alerts.key) as fired
    from events
    inner join alerts on events.alert_key = alerts.key
    where events.event = 'firing'
    group by alerts.rule, alerts.shop, events.night
),

fullest as (
    select rule, max(fired) as fired
    from nights
    group by rule
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
    count(*) filter (where decided.answer = 'acknowledge') as acknowledged,
    count(*) filter (where decided.answer = 'dismiss') as dismissed,
    count(*) filter (where decided.state = 'resolved' and decided.answer is null) as ignored,
    coalesce(any_value(fullest.fired), 0) as most_in_a_night,
    median(decided.resolved_at - decided.since) filter (where decided.state = 'resolved') as median_days_to_resolve,
    max(decided.since) as last_fired
from rules
left join decided using (rule)
left join fullest using (rule)
group by rules.rule, rules.title_zh, rules.title_en, rules.owner_zh, rules.owner_en
