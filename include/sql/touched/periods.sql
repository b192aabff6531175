-- The weeks and months of the days to build again, as the temporary tables touched_weeks (shop, week_start) and
-- touched_months (shop, month_start).
create or replace temp table touched_weeks as
select distinct
    shop,
    cast(date_trunc('week', day) as date) as week_start
from touched_days;

create or replace temp table touched_months as
select distinct
    shop,
    cast(date_trunc('month', day) as date) as month_start
from touched_days
