-- The days to build again, as the temporary table touched_days (shop, day): those whose loads or row
-- counts differ between the raw warehouse and what was built, and the days that look back on them.
-- What holds until it is replaced (a target, a price) belongs to no day: a change of it touches all of its shop's.
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
    select shop, day
    from (
        select table_name, shop, day from raw.coverage
        union all
        select table_name, shop, day from ops.coverage
    ) as covered
    anti join seed.standing on covered.table_name = standing.input
),

whole_shops as (
    select shop
    from changed
    semi join seed.standing on changed.table_name = standing.input
)

select distinct shop, day
from known
semi join reached using (shop, day)
union
select distinct shop, day
from known
semi join whole_shops using (shop)
