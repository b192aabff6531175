-- Sends the rows in which one column cannot be read to quarantine, with its cell.
-- In an export of personal data the cells of a row may stand in each other's columns. A row with several
-- faults looks like it, and so does a cell with a telephone number or an address: then nothing of it is kept.
insert into quarantine by name
with told as (
    select
        *,
        not $personal or problems = 1 as is_in_place,
        not $personal or (problems = 1 and not regexp_matches(problem_value, '\d{7}|@')) as is_shown
    from typed
    where problem = $problem
),

shown as (
    select
        * exclude (problem_value, is_in_place, is_shown),
        is_in_place,
        if(is_shown, problem_value, null) as problem_value
    from told
)

select
    load_id,
    source,
    shop,
    $file as file,
    line,
    $headers as column_name,
    problem_value as value,
    'unreadable ' || $type as reason,
    'unreadable_' || $type as reason_code,
    '{}' as reason_values,
    if(is_in_place, to_json(shown), null) as held
from shown
