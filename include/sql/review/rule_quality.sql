/*
grain: one row per rule that is judged
note: >
  What its alerts were worth: how many fired, were acted on, came to nothing. A rule of which many alerts resolve
  without anybody acting is a rule to change. Mornings are those after the nights in which alerts fired, whether or not
  the team had mail on them; alerts that are silenced or that others explain take no place.
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
  full_mornings: Mornings with an alert of this rule and more new alerts than places in the mail of the rule's team (meta.team_budgets)
  budget_share: Places in mails that this rule's alerts took on its full mornings, as a share of all of their places; missing if there was none
  left_out: Alerts that the mails of full mornings only counted, as more severe or dearer ones took the places
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

budgets as (
    select * from meta.team_budgets
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

-- Alerts of one cause (shopwatch.notify.grouping) take one place.
mailed as (
    select distinct
        budgets.team,
        budgets.budget,
        events.night,
        alerts.key,
        alerts.rule,
        alerts.shop,
        case
            when alerts.entity_type = 'target' then 'whole/' || split_part(alerts.entity, '/', 1)
            when alerts.entity_type = 'shop' then 'whole/' || alerts.metric
            when alerts.belongs_to is not null
                then if(alerts.entity_type in ('product', 'sku'), 'product/', 'plan/') || alerts.belongs_to
            else alerts.entity_type || '/' || alerts.entity
        end as cause,
        struct_pack(
            severity := list_position(['critical', 'warning', 'info'], alerts.severity),
            money := coalesce(-alerts.at_stake, 1),
            key := alerts.key
        ) as place
    from events
    inner join alerts on events.alert_key = alerts.key
    inner join rules on alerts.rule = rules.rule
    inner join budgets on alerts.shop = budgets.shop and rules.owner_zh = budgets.owner
    where events.event = 'firing' and alerts.inhibited_by is null and not alerts.is_silenced
),

causes as (
    select
        *,
        min(place) over one_cause as first_place,
        place = min(place) over one_cause as takes_place
    from mailed
    window one_cause as (partition by team, night, shop, cause)
),

placed as (
    select
        *,
        dense_rank() over (partition by team, night order by first_place) as number
    from causes
),

mornings as (
    select team, night, any_value(budget) as budget
    from placed
    group by team, night
    having max(number) > any_value(budget)
),

full_mornings as (
    select
        placed.rule,
        placed.team,
        placed.night,
        any_value(mornings.budget) as budget,
        count(*) filter (where placed.takes_place and placed.number <= mornings.budget) as places,
        count(*) filter (where placed.number > mornings.budget) as left_out
    from placed
    inner join mornings using (team, night)
    group by placed.rule, placed.team, placed.night
),

budgeted as (
    select
        rule,
        count(*) as full_mornings,
        sum(places) / sum(budget) as budget_share,
        cast(sum(left_out) as bigint) as left_out
    from full_mornings
    group by rule
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
    coalesce(any_value(budgeted.full_mornings), 0) as full_mornings,
    any_value(budgeted.budget_share) as budget_share,
    coalesce(any_value(budgeted.left_out), 0) as left_out,
    median(decided.resolved_at - decided.since) filter (where decided.state = 'resolved') as median_days_to_resolve,
    max(decided.since) as last_fired
from rules
left join decided using (rule)
left join fullest using (rule)
left join budgeted using (rule)
group by rules.rule, rules.title_zh, rules.title_en, rules.owner_zh, rules.owner_en
