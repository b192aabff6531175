-- What models find to be changed while they are built: buyers, and periods whose coverage moved.
create or replace temp table changed_buyers (shop varchar, buyer varchar);

create or replace temp table moved_period_coverage (shop varchar, grain varchar, period_start date);
