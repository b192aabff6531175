/*
grain: one row per history with a verdict that is new, different or gone, with the first such period
note: A rule that counts breaches among the last periods is followed from the beginning.
*/
with examined as (
    select * from judged_examined
),

stored as (
    select * from judged_stored
    semi join judged_dirty using (shop, metric, grain, entity_type, period_start)
),

rules as (
    select rule, periods_of from judged_rules
),

changed as (
    select rule, history, period_start
    from (
        select * from examined
        except
        select
            history, rule, shop, entity_type, entity, metric, covered_by, grain, period_start, verdict, reason, value, measured,
            usual, spread, usual_periods, numerator, denominator, at_stake, currency, threshold, threshold_high, rule_hash, model_hash, severity
        from stored
    )
    union all
    select rule, history, period_start from stored
    anti join examined using (history, period_start)
)

select
    changed.history,
    min(changed.period_start) as changed_period,
    if(any_value(rules.periods_of) is null, min(changed.period_start), date '-infinity') as first_period
from changed
inner join rules using (rule)
group by changed.history
