/*
grain: one row per history and period of ops.verdicts that is replaced
*/
with stored as (
    select * from judged_stored
),

changes as (
    select history, first_period from judged_first_changes
)

select stored.*
from stored
inner join changes on stored.history = changes.history and stored.period_start >= changes.first_period
