/*
grain: one row per period of ops.verdicts in which an alert is open
*/
with verdicts as (
    select * from ops.verdicts
)

select verdicts.* from verdicts
where firing_since is not null
