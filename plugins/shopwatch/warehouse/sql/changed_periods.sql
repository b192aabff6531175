-- Weeks and months of the days to rebuild, as the temporary tables changed_weeks (shop, week_start) and changed_months
-- (shop, month_start).
create or replace temp table changed_weeks as
select distinct
    shop,
    cast(date_trunc('week', day) as date) as week_start
from changed_days;

create or replace temp table changed_months as
select distinct
    shop,
    cast(date_trunc('month', day) as date) as month_start
from changed_days;

-- The same and the days, of all grains together, as the temporary table changed_periods (shop, grain, period_start).
create or replace temp table changed_periods as
select shop, 'day' as grain, day as period_start from changed_days
union all
select shop, 'week' as grain, week_start as period_start from changed_weeks
union all
select shop, 'month' as grain, month_start as period_start from changed_months;

-- All days of these weeks and months, as the temporary table changed_spans (shop, day).
create or replace temp table changed_spans as
select distinct
    shop,
    cast(unnest(generate_series(period_start, period_end(grain, period_start), interval 1 day)) as date) as day
from changed_periods
