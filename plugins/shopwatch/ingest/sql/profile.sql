-- grain: one row per column of `looked` that holds anything
-- Types that the filled cells of each column can be read as, by the macros that the load uses.
with cells as (
    select cast(substr(name, 2) as integer) as position, trimmed(cell) as cell
    from (unpivot looked on columns(* exclude (line)) into name name value cell)
),

distinct_cells as (
    select position, bare(cell) as cell, count(*) as times
    from cells
    group by all
),

present_cells as (
    select position, present(cell) as cell, times
    from distinct_cells
    where present(cell) is not null
),

numbers as (
    select
        *,
        plain_number(cell) as number,
        one_day(cell) as day_cell,
        parse_timestamp_day_first(cell, 'UTC', null) as by_day,
        parse_timestamp_month_first(cell, 'UTC', null) as by_month,
        parse_timestamp_year_first(split_part(cell, '~', 1), 'UTC', null) as by_year
    from present_cells
),

read_cells as (
    select
        *,
        parse_id(cell) is not null as is_id,
        is_platform_id(cell) as is_platform_id,
        parse_count(number) is not null as is_count,
        parse_money(number) is not null as is_money,
        parse_price(number) is not null as is_price,
        parse_ratio(number) is not null as is_ratio,
        parse_score(cell) is not null as is_score,
        parse_seconds(cell) is not null as is_seconds,
        parse_timestamp_year_first(cell, 'UTC', null) is not null as is_timestamp,
        parse_day_year_first(day_cell, 'UTC', null) is not null as is_day,
        coalesce(by_year, by_day, by_month) as moment,
        personal_shape(cell) as shape
    from numbers
)

select
    position,
    cast(sum(times) as bigint) as filled,
    count(*) as distinct_values,
    [
        kind.name for kind in [
            {'name': 'id', 'fits': bool_and(is_id)},
            {'name': 'platform_id', 'fits': bool_and(is_platform_id)},
            {'name': 'count', 'fits': bool_and(is_count)},
            {'name': 'money', 'fits': bool_and(is_money)},
            {'name': 'price', 'fits': bool_and(is_price)},
            {'name': 'ratio', 'fits': bool_and(is_ratio)},
            {'name': 'timestamp', 'fits': bool_and(is_timestamp)},
            {'name': 'day', 'fits': bool_and(is_day)},
            {'name': 'score', 'fits': bool_and(is_score)},
            {'name': 'seconds', 'fits': bool_and(is_seconds)},
            {'name': 'day_first', 'fits': bool_and(by_day is not null)},
            {'name': 'month_first', 'fits': bool_and(by_month is not null)}
        ]
        if kind.fits
    ] as fits,
    max(length(regexp_extract(number, '^[-+]?\d*\.(\d*?)0*$', 1))) as decimals,
    bool_or(contains(cell, '%')) as has_percent,
    bool_and(regexp_full_match(cell, '\d+')) as only_digits,
    bool_or(regexp_full_match(cell, '0\d+')) as has_leading_zero,
    max(length(cell)) as longest,
    bool_or(cast(moment as time) != time '00:00:00') as has_time,
    bool_and(moment between timestamp '2000-01-01' and timestamp '2099-12-31') as is_recent,
    if(count(shape) >= 0.2 * count(*), mode(shape), null) as shape,
    count(*) > 1 and count(*) filter (where maybe_name(cell)) >= 0.8 * count(*) as maybe_names,
    -- Possibly personal values are hidden: nobody has reviewed them yet.
    if(
        count(*) <= 20 and count(shape) = 0 and count(*) filter (where maybe_name(cell)) < 0.5 * count(*),
        list(cell order by times desc, cell),
        []
    ) as few_values
from read_cells
group by position
order by position
