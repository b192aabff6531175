-- The rules, their windows with another limit, and the night, as the judge reads them.
create or replace temp table judged_night (night date);

create or replace temp table judged_kept (rule varchar, shop varchar, entity_type varchar, entity varchar);

create or replace temp table judged_rules (
    rule varchar,
    metric varchar,
    grain varchar,
    entity_type varchar,
    measure varchar,
    comparison varchar,
    low double,
    high double,
    critical double,
    severity varchar,
    periods integer,
    periods_of integer,
    gap varchar,
    clear_comparison varchar,
    clear_low double,
    clear_high double,
    clear_periods integer,
    guard_denominator double,
    guard_age integer,
    guard_status varchar[],
    on_missing varchar,
    entity_input varchar,
    on_vanished varchar,
    inhibited_by varchar[],
    rule_hash varchar
);

-- Last period of each grain that has closed by a night.
create or replace temp macro closed_by(night) as table (
    select 'day' as grain, cast(night as date) as last_period
    union all
    select 'week' as grain, cast(date_trunc('week', night + 1) as date) - 7 as last_period
    union all
    select 'month' as grain, cast(date_trunc('month', night + 1) - interval 1 month as date) as last_period
);

create or replace temp view judged_closed as
select grain, last_period from closed_by((select night from judged_night));

-- KPI rows of the rules, of closed periods.
create or replace temp view judged_kpi as
select kpi.*
from kpi.fct_kpi as kpi
inner join judged_closed as closed on kpi.grain = closed.grain and kpi.period_start <= closed.last_period
semi join judged_rules as rules
    on kpi.metric = rules.metric and kpi.grain = rules.grain and kpi.entity_type = rules.entity_type;

-- State of a history before its first row in judged_examined; empty where all of its rows are there.
create or replace temp table judged_carried (
    history bigint,
    streak bigint,
    clear_streak bigint,
    firing_since date
);

-- Sales and holidays of each shop's own calendar; empty unless a rule judges what is unusual.
create or replace temp table judged_events (shop varchar, first_day date, last_day date, is_sale boolean);

-- Their days, and the 7 days after a sale.
create or replace temp view judged_special_days as
select
    shop,
    cast(unnest(generate_series(first_day, last_day + if(is_sale, 7, 0), interval 1 day)) as date) as day,
    is_sale and day <= last_day as is_sale
from judged_events;

-- Periods that are not comparable with others: special days, and weeks with a sale day or with two days of another kind.
create or replace temp view judged_set_aside as
select shop, 'day' as grain, day as period_start
from judged_special_days
group by shop, day
union all
select shop, 'week' as grain, cast(date_trunc('week', day) as date) as period_start
from judged_special_days
group by shop, date_trunc('week', day)
having bool_or(is_sale) or count(distinct day) > 1;

create or replace temp table judged_windows (
    rule varchar,
    first_day date,
    last_day date,
    is_judged boolean,
    low double,
    high double,
    elsewhere varchar[] -- shops of other regions
);
