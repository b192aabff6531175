-- The first day whose KPIs are compared with a period that is judged again: a year before, which is more than 8 periods;
-- NULL: all of them.
create or replace temp table judged_reach as
select coalesce(cast(min(period_start) - interval 1 year as date), date 'infinity') as first_day
from judged_dirty;

create or replace temp view judged_compared as
select * from judged_kpi
where period_start >= (select coalesce(first_day, date '-infinity') from judged_reach)
