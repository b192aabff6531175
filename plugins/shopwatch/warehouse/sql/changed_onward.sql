-- All days of a shop from its first day to rebuild on, as the temporary table changed_onward (shop, day), and their
-- periods, as changed_onward_periods (shop, grain, period_start): for what looks back without a limit.
create or replace temp table changed_onward as
with firsts as (
    select shop, min(day) as first_day, max(day) as last_changed
    from changed_days
    group by shop
),

lasts as (
    select shop, max(day) as last_day
    from (
        select shop, day from raw.coverage
        union all
        select shop, day from ops.coverage
    ) as covered
    group by shop
)

select
    firsts.shop,
    cast(unnest(generate_series(
        firsts.first_day, greatest(firsts.last_changed, lasts.last_day), interval 1 day
    )) as date) as day
from firsts
left join lasts using (shop);

create or replace temp table changed_onward_periods as
from periods_of_days('changed_onward');

-- All days of these periods, as the temporary table changed_onward_spans (shop, day).
create or replace temp table changed_onward_spans as
select distinct
    shop,
    cast(unnest(generate_series(period_start, period_end(grain, period_start), interval 1 day)) as date) as day
from changed_onward_periods;

-- The weeks among them, as changed_onward_weeks (shop, week_start).
create or replace temp table changed_onward_weeks as
select shop, period_start as week_start
from changed_onward_periods
where grain = 'week'
