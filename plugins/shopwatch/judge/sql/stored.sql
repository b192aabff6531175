/*
grain: one row per history (changed_histories.sql) and period of ops.verdicts, from the period before the first that is judged again
note: Of a rule that counts breaches among the last periods, all of them.
*/
with verdicts as (
    select rowid as verdict_row, * from ops.verdicts
),

histories as (
    select history, rule, shop, entity_type, entity from judged_histories
),

dirty as (
    select metric, grain, entity_type, min(period_start) as first_period
    from judged_dirty
    group by metric, grain, entity_type
),

bounds as (
    select
        rules.rule,
        if(
            rules.periods_of is null,
            cast(dirty.first_period - period_length(rules.grain) as date),
            date '-infinity'
        ) as first_period
    from judged_rules as rules
    inner join dirty using (metric, grain, entity_type)
)

select histories.history, verdicts.*
from verdicts
inner join bounds on verdicts.rule = bounds.rule and verdicts.period_start >= bounds.first_period
inner join histories
    on
        verdicts.rule = histories.rule
        and verdicts.shop = histories.shop
        and verdicts.entity_type = histories.entity_type
        and verdicts.entity = histories.entity
