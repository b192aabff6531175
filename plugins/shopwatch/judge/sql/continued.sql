/*
grain: one row per history and period from its first change on, as examined.sql
*/
with examined as (
    select * from judged_examined
),

before as (
    select * from judged_before
),

changes as (
    select history, first_period from judged_first_changes
)

select examined.*
from examined
inner join changes on examined.history = changes.history and examined.period_start >= changes.first_period
union all by name
select before.* exclude (verdict_row, streak, state, firing_since, inhibited_by, clear_streak)
from before
anti join judged_dirty using (shop, metric, grain, entity_type, period_start)
