-- What models find to be changed while they are built: buyers, periods whose coverage moved, and periods
-- of KPIs that are built whole.
create or replace temp table changed_buyers (shop varchar, buyer varchar);

create or replace temp table moved_period_coverage (shop varchar, grain varchar, period_start date);

create or replace temp table changed_whole_periods (shop varchar, grain varchar, period_start date);
