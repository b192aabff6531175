-- Sends the rows in which one column cannot be read to quarantine, with its cell.
-- In an export of personal data the cells of a row may stand in each other's columns. A row with several faults looks
-- like it: then nothing of it is kept. Of one with a single fault the cell's shape is kept (张*, 1**, b****@*******.***):
-- its first character, and what is neither letter nor digit. Dates, what Excel leaves of a long id, and the words that
-- stand for a number, a day or a status (无退款申请, Awaiting payment) name nobody.
insert into quarantine by name
with told as (
    select
        *,
        not $personal or problems = 1 as is_in_place,
        case
            when not $personal then problem_value
            when problems > 1 then null
            when
                regexp_full_match(
                    problem_value,
                    '\d{1,4}([-/.]\d{1,2}){2}(\d\d)?([ T]\d{1,2}(:\d\d){1,2})?|\d(\.\d{1,7})?[eE]\+\d{1,2}'
                )
                then problem_value
            when $type not in ('id', 'text') and is_status_word(problem_value) then problem_value
            else left(problem_value, 1) || regexp_replace(problem_value[2:], '[\pL\pN\pM]', '*', 'g')
        end as shown_value
    from typed
    where problem = $problem
),

shown as (
    select
        * exclude (problem_value, is_in_place, shown_value),
        is_in_place,
        shown_value as problem_value
    from told
)

select
    shown.load_id,
    shown.source,
    shown.shop,
    entries.file,
    shown.line,
    $headers as column_name,
    shown.problem_value as value,
    'unreadable ' || $type as reason,
    'unreadable_' || $type as reason_code,
    '{}' as reason_values,
    if(shown.is_in_place, to_json(shown), null) as held
from shown
inner join entries using (load_id)
