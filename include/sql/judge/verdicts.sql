/*
grain: one row a rule, shop, entity and closed period up to the night, from the entity's first period on
*/
with judged as (
    select rowid as judged_id, * from judged_periods
),

followed as (
    select * from followed_periods
),

explained as (
    select * from explained_periods
)

select
    judged.* exclude (judged_id, is_clear, periods, periods_of, gap, clear_periods, inhibited_by),
    coalesce(followed.streak, 0) as streak,
    coalesce(followed.state, 'quiet') as state,
    followed.firing_since,
    explained.inhibited_by
from judged
left join followed using (judged_id)
left join explained using (judged_id)
