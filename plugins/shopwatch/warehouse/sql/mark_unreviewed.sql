-- Notes the first day from which a build changed what the review tables read; with $is_whole, all days.
insert into meta.unreviewed
with changes as (
    select min(day) as first_day from changed_days
    union all
    select min(period_start) as first_day from moved_period_coverage
    union all
    select min(period_start) as first_day from changed_whole_periods
    union all
    select date '1900-01-01' as first_day where $is_whole
)

select min(first_day) as first_day
from changes
having count(first_day) > 0
