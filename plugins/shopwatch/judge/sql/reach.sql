-- The first day whose KPIs are compared with a period that is judged again: a year before, which is more than 8 periods.
create or replace temp table judged_reach as
select coalesce(cast(min(period_start) - interval 1 year as date), date 'infinity') as first_day
from judged_dirty
