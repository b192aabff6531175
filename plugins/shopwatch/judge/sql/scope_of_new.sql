/*
grain: one row per metric, grain, entity and closed period of the entities that count against a rule for the first time
*/
with histories as (
    select * from judged_histories
    where is_new
),

rules as (
    select rule, metric, grain from judged_rules
),

entities as (
    select * from ops.judged_entities
),

closed as (
    select * from judged_closed
),

caught as (
    select entities.*, closed.last_period
    from entities
    inner join closed using (grain)
    semi join (select * from histories inner join rules using (rule)) as histories
        using (shop, metric, grain, entity_type, entity)
)

select
    shop,
    metric,
    grain,
    entity_type,
    entity,
    covered_by,
    first_period,
    cast(unnest(generate_series(first_period, last_period, period_length(grain))) as date) as period_start
from caught
