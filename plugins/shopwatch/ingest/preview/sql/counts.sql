-- grain: one row
select
    min(day) filter (where problem is null) as first_day,
    max(day) filter (where problem is null) as last_day,
    count(distinct day) filter (where problem is null) as days
from typed
