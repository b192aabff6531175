-- Grain: one row for the file in `lines`: whether its numbers have decimal commas, and none a decimal point or a comma that
-- may separate thousands.
with cells as (
    select distinct unnest(numbers) as cell from lines
),

numbers as (
    select present(narrow(bare(trimmed(cell)))) as cell from cells
)

select coalesce(bool_or(has_decimal_comma(cell)), false) and not coalesce(bool_or(has_other_commas(cell)), false)
from numbers
