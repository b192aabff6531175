-- What stands in for the touched days and periods where a metric's statement is run on the published warehouse: all of
-- them.
create or replace temp table touched_days as
select distinct shop, day
from staging.stg_coverage
anti join seed.standing using (input)
union
select shop, day
from intermediate.int_covered_days;

create or replace temp table touched_periods as
select distinct shop, grain, cast(date_trunc(grain, day) as date) as period_start
from (
    select shop, day, unnest(['day', 'week', 'month']) as grain
    from (
        select shop, day
        from staging.stg_coverage
        anti join seed.standing using (input)
        union
        select shop, day
        from intermediate.int_covered_days
    ) as covered
)
