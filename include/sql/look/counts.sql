-- grain: one row
select
    count(*) filter (where problem is null) as good,
    count(problem) as unread,
    min(day) filter (where problem is null) as first_day,
    max(day) filter (where problem is null) as last_day,
    count(distinct day) filter (where problem is null) as days
from typed
