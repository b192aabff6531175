/*
grain: one row per shop and day whose rows or money of order lines are not those of the raw warehouse
*/
with raw_rows as (
    select shop, day, line_amount as money
    from raw.order_lines
),

staging_rows as (
    select shop, day, line_amount as money
    from staging.stg_order_lines
),

expected as (
    select shop, day, count(*) as row_count, sum(money) as money
    from raw_rows
    group by shop, day
),

found as (
    select shop, day, count(*) as row_count, sum(money) as money
    from staging_rows
    group by shop, day
),

compared as (
    select
        coalesce(expected.shop, found.shop) as shop,
        coalesce(expected.day, found.day) as day,
        coalesce(expected.row_count, 0) as rows_expected,
        coalesce(found.row_count, 0) as rows_found,
        cast(coalesce(expected.money, 0) as decimal(18, 2)) as money_expected,
        cast(coalesce(found.money, 0) as decimal(18, 2)) as money_found
    from expected
    full join found
        on
            expected.shop = found.shop
            and expected.day = found.day
)

select shop, day, rows_expected, rows_found, money_expected, money_found
from compared
where rows_expected != rows_found or money_expected != money_found
