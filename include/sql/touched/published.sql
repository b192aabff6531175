-- What stands in for the touched days and weeks where a metric's statement is run on the published warehouse: all of them.
create or replace temp table touched_days as
select distinct shop, day
from staging.stg_coverage
anti join seed.standing using (input);

create or replace temp table touched_weeks as
select distinct shop, cast(date_trunc('week', day) as date) as week_start
from staging.stg_coverage
anti join seed.standing using (input)
