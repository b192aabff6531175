/*
grain: one row per firing period of ops.verdicts, in the reach of those that changed (firing_changes.sql)
*/
with verdicts as (
    select rowid as verdict_row, * from ops.verdicts
    where state = 'firing'
),

spans as (
    select shop, min(first_day) as first_day, max(last_day) as last_day
    from judged_spans
    group by shop
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
    verdicts.period_start
from verdicts
inner join spans using (shop)
where
    period_end(verdicts.grain, verdicts.period_start) >= spans.first_day - interval 31 day
    and verdicts.period_start <= spans.last_day + interval 31 day
