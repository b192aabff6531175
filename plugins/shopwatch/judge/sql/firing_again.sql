/*
grain: one row per firing period of ops.verdicts, in the reach of those that changed (firing_changes.sql)
note: rank is that of the worst severity that the alert had reached by then, higher for a worse one.
*/
with verdicts as not materialized (
    select rowid as verdict_row, * from ops.verdicts
    where state = 'firing'
),

rules as (
    select rule, severity from judged_rules
),

spans as (
    select shop, min(first_day) as first_day, max(last_day) as last_day
    from judged_spans
    group by shop
),

critical as (
    select
        rule,
        shop,
        entity_type,
        entity,
        firing_since,
        min(period_start) as critical_since
    from verdicts
    where severity = 'critical' and verdict = 'breach'
    group by rule, shop, entity_type, entity, firing_since
)

select
    verdicts.verdict_row as history,
    verdicts.rule,
    verdicts.shop,
    verdicts.entity_type,
    verdicts.entity,
    verdicts.metric,
    verdicts.covered_by,
    verdicts.grain,
    verdicts.period_start,
    list_position(
        ['info', 'warning', 'critical'],
        if(verdicts.period_start >= critical.critical_since, 'critical', rules.severity)
    ) as rank
from verdicts
inner join spans using (shop)
inner join rules using (rule)
left join critical using (rule, shop, entity_type, entity, firing_since)
where
    period_end(verdicts.grain, verdicts.period_start) >= spans.first_day - interval 31 day
    and verdicts.period_start <= spans.last_day + interval 31 day
