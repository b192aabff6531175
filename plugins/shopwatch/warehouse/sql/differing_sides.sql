-- Adds the shops and days on which the two sides of a comparison differ ($sql: side, shop, day, row_count, money). With
-- $in_part it adds those of the changed days only.
insert into ops.reconciliation
with sides as (
    select * from query($sql)
),

compared as (
    select
        shop,
        day,
        cast(coalesce(sum(row_count) filter (where side = 'expected'), 0) as bigint) as rows_expected,
        cast(coalesce(sum(row_count) filter (where side = 'found'), 0) as bigint) as rows_found,
        cast(coalesce(sum(money) filter (where side = 'expected'), 0) as decimal(18, 2)) as money_expected,
        cast(coalesce(sum(money) filter (where side = 'found'), 0) as decimal(18, 2)) as money_found
    from sides
    group by shop, day
)

select $name as reconciliation, shop, day, rows_expected, rows_found, money_expected, money_found
from compared
where
    (rows_expected != rows_found or money_expected != money_found)
    and (not $in_part or (shop, day) in (select shop, day from changed_days))
