/*
grain: one row per history (changed_histories.sql) and period of ops.verdicts, from the period before the first that is judged again
note: Of a rule that counts breaches among the last periods, all of them.
*/
with histories as (
    select history, rule, shop, entity_type, entity from judged_histories
),

dirty as (
    select metric, grain, entity_type, min(period_start) as first_period
    from judged_dirty
    group by metric, grain, entity_type
),

bounds as (
    select rules.rule, cast(dirty.first_period - period_length(rules.grain) as date) as first_period
    from judged_rules as rules
    inner join dirty using (metric, grain, entity_type)
    where rules.periods_of is null
),

counting as (
    select rules.rule
    from judged_rules as rules
    semi join dirty using (metric, grain, entity_type)
    where rules.periods_of is not null
),

-- The least bound spares the scan of most of the history.
recent as (
    select rowid as verdict_row, * from ops.verdicts
    where period_start >= (select min(first_period) from bounds)
),

reached as (
    select recent.*
    from recent
    inner join bounds on recent.rule = bounds.rule and recent.period_start >= bounds.first_period
    union all
    select verdicts.rowid as verdict_row, verdicts.*
    from ops.verdicts as verdicts
    semi join counting using (rule)
)

select histories.history, reached.*
from reached
inner join histories using (rule, shop, entity_type, entity)
