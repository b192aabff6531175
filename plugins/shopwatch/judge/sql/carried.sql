/*
grain: one row per history that is continued, with its state before the first period that is replaced
*/
with stored as (
    select * from judged_stored
),

changes as (
    select history, first_period from judged_first_changes
    where first_period > date '-infinity'
)

select stored.history, stored.streak, stored.clear_streak, stored.firing_since
from stored
inner join changes
    on
        stored.history = changes.history
        and stored.period_start = cast(changes.first_period - period_length(stored.grain) as date)
