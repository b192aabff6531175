/*
grain: one row per rule and week in which alerts of it fired, over the last $weeks weeks
note: ops.episodes aggregates the verdicts of all closed periods, so this is how today's rules would have judged the past
*/
with episodes as (
    select * from ops.episodes
    where since >= cast(date_trunc('week', cast($night as date)) as date) - 7 * (cast($weeks as integer) - 1)
)

select
    rule,
    cast(date_trunc('week', since) as date) as week_start,
    count(*) as fired
from episodes
group by rule, week_start
order by rule, week_start
