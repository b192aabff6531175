-- The days to build again, as the temporary table touched_days (shop, day): those whose loads or row
-- counts differ between the raw warehouse and what was built, and the days that look back on them.
create or replace temp table touched_days as
with changed as (
    (
        select table_name, source, shop, day, load_id, row_count from raw.coverage
        except
        select table_name, source, shop, day, load_id, row_count from ops.coverage where not $whole
    )
    union
    (
        select table_name, source, shop, day, load_id, row_count from ops.coverage
        except
        select table_name, source, shop, day, load_id, row_count from raw.coverage
    )
),

reached as (
    select
        shop,
        cast(unnest(generate_series(day, day + cast($reach as integer), interval 1 day)) as date) as day
    from changed
),

known as (
    select shop, day from raw.coverage
    union
    select shop, day from ops.coverage
)

select distinct shop, day
from reached
semi join known using (shop, day)
