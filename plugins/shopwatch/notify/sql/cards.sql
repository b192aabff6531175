/*
grain: one row per alert with its numbers, name and last 8 periods, the most severe first, then by money at stake
note: >
  Pages ask for some alerts by their keys ($keys). A night's news ($notified not null) is of the firing alerts and of those
  that a team knows as open ($notified, their keys), if their rule was judged. value is the number that the rule compared (measured) in period, the last
  judged one. For a resolved alert this is the period that cleared it, for a retracted one its last period as it reads
  now (was: before the correction). verdict is that of period; unjudged are the periods after it. others are alerts of
  the same entity that a correction moved to another start: a team notified of one knows of both.
*/
with all_alerts as (
    select * from ops.alerts
),

verdicts as not materialized (
    select * from ops.verdicts
),

-- Only alerts of the same rule and entity bear on those that a page asks for.
alerts as (
    select * from all_alerts
    where
        cast($keys as varchar[]) is null
        or (rule, shop, entity_type, entity) in (
            select (rule, shop, entity_type, entity) from all_alerts
            where list_contains(cast($keys as varchar[]), key)
        )
),

-- Until a period was ok, an alert that begins later is still the same problem.
recovered as (
    select alerts.key, min(verdicts.period_start) as first_ok
    from alerts
    inner join verdicts using (rule, shop, entity_type, entity)
    where alerts.state = 'retracted' and verdicts.verdict = 'ok' and verdicts.period_start >= alerts.last_period
    group by alerts.key
),

moved as (
    select
        alerts.key,
        list(others.key order by others.key) as others
    from alerts
    inner join alerts as others
        on
            alerts.rule = others.rule
            and alerts.shop = others.shop
            and alerts.entity_type = others.entity_type
            and alerts.entity = others.entity
            and alerts.key != others.key
            and others.since <= coalesce(alerts.resolved_at, alerts.last_period)
    left join recovered on others.key = recovered.key
    where
        alerts.since <= greatest(
            coalesce(others.resolved_at, others.last_period), coalesce(recovered.first_ok, date 'infinity')
        )
        and alerts.state != 'retracted'
        and others.state = 'retracted'
    group by alerts.key
),

-- An alert that continues under another key is not withdrawn.
gone as (
    select distinct unnest(others) as key from moved
),

-- Every entity that is judged has a verdict in its rule's newest period.
judged as (
    select distinct verdicts.rule, verdicts.shop, verdicts.entity_type, verdicts.entity
    from verdicts
    inner join (select rule, max(period_start) as period_start from verdicts group by rule) as newest
        using (rule, period_start)
    where cast($notified as varchar[]) is not null
),

notified as (
    select unnest(cast($notified as varchar[])) as key
),

notified_as_open as (
    select key from notified
    union
    select moved_to.key
    from (select key, unnest(others) as other from moved) as moved_to
    inner join notified on moved_to.other = notified.key
),

asked as (
    select
        alerts.*,
        case alerts.state
            when 'firing' then alerts.judged_period
            when 'resolved' then alerts.resolved_at
            else alerts.last_period
        end as shown_period,
        least(shown_period, alerts.unjudged[4].period_start)
        - case alerts.grain when 'day' then interval 8 day when 'week' then interval 8 week else interval 8 month end
            as first_shown
    from alerts
    left join judged using (rule, shop, entity_type, entity)
    left join gone using (key)
    left join notified_as_open using (key)
    where
        if(
            cast($keys as varchar[]) is null,
            alerts.state = 'firing' or notified_as_open.key is not null,
            list_contains(cast($keys as varchar[]), alerts.key)
        )
        and ($notified is null or (judged.rule is not null and gone.key is null))
),

-- The least bound spares the scan of most of the history.
recent_verdicts as not materialized (
    select * from verdicts
    where period_start >= (select cast(min(first_shown) as date) from asked)
),

histories as (
    select
        asked.key,
        list(
            struct_pack(
                period_start := verdicts.period_start,
                value := verdicts.measured,
                verdict := verdicts.verdict,
                reason := verdicts.reason
            )
            order by verdicts.period_start
        ) as history
    from asked
    inner join recent_verdicts as verdicts using (rule, shop, entity_type, entity)
    where
        verdicts.period_start >= asked.first_shown
        and verdicts.period_start <= if(
            asked.state = 'firing',
            coalesce(asked.unjudged[4].period_start, date 'infinity'),
            asked.shown_period
        )
    group by asked.key
),

as_shown as (
    select
        asked.key,
        verdicts.verdict,
        verdicts.measured,
        verdicts.threshold,
        verdicts.threshold_high,
        verdicts.numerator,
        verdicts.denominator,
        if(
            verdicts.usual is null,
            null,
            struct_pack(
                value := verdicts.value,
                usual := verdicts.usual,
                spread := verdicts.spread,
                periods := verdicts.usual_periods
            )
        ) as usual
    from asked
    inner join recent_verdicts as verdicts
        on
            asked.rule = verdicts.rule
            and asked.shop = verdicts.shop
            and asked.entity_type = verdicts.entity_type
            and asked.entity = verdicts.entity
            and asked.shown_period = verdicts.period_start
)

select
    asked.key,
    coalesce(moved.others, []) as others,
    asked.back_after,
    asked.rule,
    asked.rule_hash,
    asked.state,
    asked.severity,
    asked.inhibited_by,
    asked.shop,
    asked.shop_title,
    asked.currency,
    asked.entity_type,
    asked.entity,
    asked.entity_name as name,
    asked.belongs_to,
    asked.metric,
    if(asked.state = 'firing', asked.threshold, coalesce(as_shown.threshold, asked.threshold)) as threshold,
    if(asked.state = 'firing', asked.threshold_high, coalesce(as_shown.threshold_high, asked.threshold_high)) as threshold_high,
    if(asked.state = 'firing', asked.judged_verdict, coalesce(as_shown.verdict, asked.judged_verdict)) as verdict,
    if(asked.state = 'firing', asked.measured, as_shown.measured) as value,
    if(asked.state = 'retracted', asked.measured, null) as was,
    if(asked.state = 'firing', asked.numerator, as_shown.numerator) as numerator,
    if(asked.state = 'firing', asked.denominator, as_shown.denominator) as denominator,
    asked.grain,
    asked.since,
    asked.resolved_at,
    asked.shown_period as period,
    if(asked.state = 'firing', asked.unjudged, []) as unjudged,
    coalesce(histories.history[-8:], []) as history,
    as_shown.usual,
    asked.at_stake
from asked
left join histories using (key)
left join moved using (key)
left join as_shown using (key)
order by list_position(['critical', 'warning', 'info'], asked.severity), asked.at_stake desc nulls last, asked.key
