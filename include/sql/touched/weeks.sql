-- The weeks of the days to build again, as the temporary table touched_weeks (shop, week_start).
create or replace temp table touched_weeks as
select distinct
    shop,
    cast(date_trunc('week', day) as date) as week_start
from touched_days
