/*
grain: one row per alert, kind of decision and week that follows it up, with the latest decision of its kind
note: >
  A meeting's decision is followed up from the week after the one that it reviewed, others from the week in which they
  were taken, until the alert is resolved. Decisions that were taken back are left out. One about an alert whose start a
  correction moved is about the alert that it is now, wherever it was taken.
columns:
  kind: Where it was decided (meeting, acknowledge, dismiss, silence)
  until: Day by which it is to be done, or until which the alert is silent
  note: What was written beside the decision; of an acknowledgement its reason and its plan
*/
with alerts as (
    select * from ops.alerts
),

rules as (
    select * from meta.rules
),

entities as (
    select * from marts.dim_entity
),

meetings as (
    select * from staging.stg_meeting_decisions
),

taken as (
    select * from ops.decisions
),

night as (
    select night from meta.night
),

standing as (
    select
        *,
        cast(taken.at as date) as decided_on
    from taken
    where key not in (select lifts from taken where lifts is not null)
),

silences as (
    select
        alerts.key as alert_key,
        standing.decided_on,
        standing.by,
        cast(standing.matcher ->> 'until' as date) as until,
        standing.reason
    from standing
    inner join alerts
        on
            alerts.rule glob (standing.matcher ->> 'rule')
            and alerts.shop glob (standing.matcher ->> 'shop')
            and alerts.entity glob (standing.matcher ->> 'entity')
            and alerts.since <= cast(standing.matcher ->> 'until' as date)
            and coalesce(alerts.resolved_at >= standing.decided_on, true)
    where standing.kind = 'silence'
),

decided as (
    select
        coalesce(alerts.moved_to, meetings.alert_key) as alert_key,
        'meeting' as kind,
        meetings.decided_on,
        cast(meetings.week_start + 7 as date) as first_week,
        meetings.decision,
        meetings.responsible,
        meetings.until,
        meetings.note
    from meetings
    left join alerts on meetings.alert_key = alerts.key
    union all
    select
        alert_key,
        kind,
        decided_on,
        cast(date_trunc('week', decided_on) as date) as first_week,
        if(kind = 'dismiss', 'leave', 'acknowledged') as decision,
        standing.by as responsible,
        null as until,
        concat_ws(' · ', nullif(reason, ''), nullif(plan, '')) as note
    from standing
    where kind in ('acknowledge', 'dismiss')
    union all
    select
        alert_key,
        'silence' as kind,
        decided_on,
        cast(date_trunc('week', decided_on) as date) as first_week,
        'silenced' as decision,
        silences.by as responsible,
        until,
        reason as note
    from silences
),

followed as (
    select
        decided.*,
        alerts.rule,
        alerts.shop,
        alerts.entity_type,
        alerts.entity,
        alerts.state,
        alerts.resolved_at,
        cast(unnest(generate_series(
            decided.first_week,
            greatest(decided.first_week, date_trunc('week', coalesce(alerts.resolved_at, night.night))),
            interval 7 day
        )) as date) as week_start
    from decided
    inner join alerts on decided.alert_key = alerts.key
    cross join night
),

last_words as (
    select *
    from followed
    qualify row_number() over (partition by alert_key, kind, week_start order by first_week desc, decided_on desc) = 1
)

select
    last_words.alert_key,
    last_words.shop,
    last_words.week_start,
    cast(last_words.week_start + 6 as date) as week_end,
    last_words.kind,
    last_words.rule,
    rules.title_zh as rule_title_zh,
    rules.title_en as rule_title_en,
    last_words.entity_type,
    last_words.entity,
    entities.name as entity_name,
    last_words.decided_on,
    last_words.decision,
    last_words.responsible,
    last_words.until,
    last_words.note,
    case
        when last_words.state = 'retracted' then 'withdrawn'
        when last_words.resolved_at <= last_words.week_start + 6 then 'resolved'
        when last_words.kind = 'meeting' and last_words.until <= least(last_words.week_start + 6, night.night) then 'overdue'
        else 'open'
    end as outcome,
    if(last_words.resolved_at <= last_words.week_start + 6, last_words.resolved_at, null) as resolved_at,
    last_words.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from last_words
cross join night
inner join rules using (rule)
left join entities
    on
        last_words.shop = entities.shop
        and last_words.entity_type = entities.entity_type
        and last_words.entity = entities.entity
where last_words.week_start <= night.night
