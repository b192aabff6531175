-- Replaces the verdicts of the histories that changed, from their first change on; inhibited_by is brought up to date later.
-- In the order of time, so that a night finds the last periods without reading the others.
delete from ops.verdicts
where rowid in (select verdict_row from judged_before);

insert into ops.verdicts by name
with inhibited as (
    select history, period_start, inhibited_by from judged_before
    where state = 'firing'
)

select
    examined.* exclude (history),
    followed.streak,
    followed.state,
    followed.firing_since,
    if(followed.state = 'firing', inhibited.inhibited_by, null) as inhibited_by,
    followed.clear_streak
from judged_examined as examined
inner join judged_followed as followed using (history, period_start)
left join inhibited using (history, period_start)
order by examined.period_start, examined.rule
