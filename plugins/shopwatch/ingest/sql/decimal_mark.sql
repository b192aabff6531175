-- Grain: one row for the file in `lines`: the decimal mark of its numbers, comma or point; NULL if none shows it, or some
-- show the one and some the other. A comma between thousands shows that the mark is a point.
with cells as (
    select distinct unnest(numbers) as cell from lines
),

numbers as (
    select present(narrow(bare(trimmed(cell)))) as cell from cells
),

shown as (
    select
        coalesce(bool_or(has_decimal_comma(cell)), false) as shows_comma,
        coalesce(bool_or(has_other_commas(cell)), false) as shows_point
    from numbers
)

select case when shows_comma and not shows_point then 'comma' when shows_point and not shows_comma then 'point' end
from shown
