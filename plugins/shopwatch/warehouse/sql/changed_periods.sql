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

-- Periods of all grains that contain a day of the named table (shop, day). A group's KPIs need the rows of all of its
-- shops: a day of one of them counts for the group and the others, too.
create or replace temporary macro periods_of_days(days_table) as table (
    with days as (
        select shop, day from query_table(days_table)
    ),

    group_days as (
        select distinct group_shops.shop_group, days.day
        from days
        inner join seed.group_shops as group_shops using (shop)
    ),

    all_days as (
        select shop, day from days
        union
        select shop_group as shop, day from group_days
        union
        select group_shops.shop, group_days.day
        from group_days
        inner join seed.group_shops as group_shops using (shop_group)
    ),

    grains as (
        select unnest(['day', 'week', 'month']) as grain
    )

    select distinct
        all_days.shop,
        grains.grain,
        cast(date_trunc(grains.grain, all_days.day) as date) as period_start
    from all_days
    cross join grains
);

-- As the temporary table changed_periods (shop, grain, period_start).
create or replace temp table changed_periods as
from periods_of_days('changed_days');

-- All days of these weeks and months, as the temporary table changed_spans (shop, day).
create or replace temp table changed_spans as
select distinct
    shop,
    cast(unnest(generate_series(period_start, period_end(grain, period_start), interval 1 day)) as date) as day
from changed_periods
