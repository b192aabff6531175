-- grain: one row per column and cell that open a line which is a total
with cells as (
    select line, cast(substr(name, 2) as integer) as position, trimmed(cell) as cell
    from (unpivot looked on columns(* exclude (line)) into name name value cell)
),

first_cells as (
    select line, min(position) as position, min_by(cell, position) as cell
    from cells
    where present(cell) is not null
    group by line
)

select position, cell
from first_cells
where regexp_full_match(cell, $totals)
group by all
order by all
