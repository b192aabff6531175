-- grain: one row per line that would go to quarantine, in file order
with problems as (
    select
        line,
        null as column_name,
        null as cell,
        code,
        "values" as code_values
    from broken
    union all
    select line, problem, problem_value, null, null
    from typed
    where problem is not null
)

select
    line,
    column_name,
    cell,
    code,
    code_values,
    personal_shape(cell) is not null as is_personal,
    coalesce(maybe_name(cell), false) as maybe_name
from problems
order by line
limit $most
