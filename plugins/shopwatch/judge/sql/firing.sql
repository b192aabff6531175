/*
grain: one row per history (histories.sql) and period at the end of which its alert fires
*/
with examined as (
    select history, rule, shop, entity_type, entity, metric, covered_by, grain, period_start from judged_examined
),

firing as (
    select history, period_start from judged_followed
    where state = 'firing'
)

select examined.* from examined
inner join firing using (history, period_start)
