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

-- A group's KPIs need the rows of all of its shops: where one changed, the others and the group have too.
insert into changed_periods
with of_groups as (
    select distinct group_shops.shop_group, changed_periods.grain, changed_periods.period_start
    from changed_periods
    inner join seed.group_shops as group_shops using (shop)
),

to_add as (
    select shop_group as shop, grain, period_start
    from of_groups
    union
    select group_shops.shop, of_groups.grain, of_groups.period_start
    from of_groups
    inner join seed.group_shops as group_shops using (shop_group)
)

from to_add
anti join changed_periods using (shop, grain, period_start);

-- All days of these weeks and months, as the temporary table changed_spans (shop, day).
create or replace temp table changed_spans as
select distinct
    shop,
    cast(unnest(generate_series(period_start, period_end(grain, period_start), interval 1 day)) as date) as day
from changed_periods
