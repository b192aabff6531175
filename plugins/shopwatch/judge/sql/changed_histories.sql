/*
grain: one row per history, of those in ops.verdicts and those that begin tonight (is_new), with a number
note: A history in ops.verdicts has a row in the last period that had closed by the night judged last ($night).
*/
with verdicts as (
    select * from ops.verdicts
),

closed_before as (
    select grain, last_period from closed_by(cast($night as date))
),

base as (
    select * from judged_base
),

rules as (
    select rule from judged_rules
),

known as (
    select verdicts.rule, verdicts.shop, verdicts.entity_type, verdicts.entity
    from verdicts
    inner join closed_before on verdicts.grain = closed_before.grain and verdicts.period_start = closed_before.last_period
),

against as (
    select rule, shop, entity_type, entity from base
    where counts_against
    union
    select rule, shop, entity_type, entity from judged_kept
    semi join rules using (rule)
),

histories as (
    select *, false as is_new from known
    union all
    select *, true as is_new from against
    anti join known using (rule, shop, entity_type, entity)
)

select
    cast(row_number() over () as integer) as history,
    rule,
    shop,
    entity_type,
    entity,
    is_new
from histories
