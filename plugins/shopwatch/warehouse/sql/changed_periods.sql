-- Weeks and months of the days to rebuild, as the temporary tables touched_weeks (shop, week_start) and touched_months
-- (shop, month_start).
create or replace temp table touched_weeks as
select distinct
    shop,
    cast(date_trunc('week', day) as date) as week_start
from touched_days;

create or replace temp table touched_months as
select distinct
    shop,
    cast(date_trunc('month', day) as date) as month_start
from touched_days;

-- The same and the days, of all grains together, as the temporary table touched_periods (shop, grain, period_start).
create or replace temp table touched_periods as
select shop, 'day' as grain, day as period_start from touched_days
union all
select shop, 'week' as grain, week_start as period_start from touched_weeks
union all
select shop, 'month' as grain, month_start as period_start from touched_months;

-- All days of these weeks and months, as the temporary table touched_spans (shop, day).
create or replace temp table touched_spans as
select distinct
    shop,
    cast(unnest(generate_series(period_start, period_end(grain, period_start), interval 1 day)) as date) as day
from touched_periods
