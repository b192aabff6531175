-- Grain: one row per distinct date of `lines` that does not begin with its year. The date read in both orders, NULL where
-- it is none. is_day: in a column that gives the row's day. Of years of two digits only 11/13/26 proves something, as 13 is
-- no month: in 13/11/26 and 11/02/26 the first number may be the year.
with cells as (
    select unnest(dates) as cell, false as is_day from lines
    union all
    select unnest(days) as cell, true as is_day from lines
),

written as (
    select
        is_day,
        regexp_extract(
            present(bare(trimmed(cell))), '^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(\D.*)?$', ['one', 'other', 'year']
        ) as parts
    from cells
),

numbers as (
    select distinct
        is_day,
        try_cast(parts.one as integer) as one,
        try_cast(parts.other as integer) as other,
        parts.year
    from written
    where parts.year != ''
)

select
    is_day,
    try_cast(format('{}-{:02d}-{:02d}', lpad(year, 4, '20'), other, one) as date) as day_first,
    try_cast(format('{}-{:02d}-{:02d}', lpad(year, 4, '20'), one, other) as date) as month_first
from numbers
where strlen(year) = 4 or (one <= 12 and other > 12)
