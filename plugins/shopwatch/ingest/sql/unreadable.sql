-- Quarantines the rows in which one column cannot be read, with its cell.
-- In an export of personal data the cells of a row may be shifted into other columns. A row with several faults
-- suggests this: none of its content is kept. For a single fault the shape of the cell is kept (张*, 1**,
-- b****@*******.***): its first character and everything that is neither letter nor digit. Dates, the remains of a long
-- id in Excel, and words in place of a number, a day or a status (无退款申请, Awaiting payment) identify nobody.
insert into quarantine by name
with masked as (
    select
        *,
        not $personal or problems = 1 as is_in_place,
        $one_of and contains(problem_value, '; ') as is_several,
        $type in ('money', 'price', 'count', 'ratio') and has_decimal_comma(problem_value) as has_comma,
        $type = 'money' and has_thousand_point(problem_value) as has_point,
        $type in ('day', 'timestamp') and regexp_full_match(problem_value, '[2-7]\d{4}(\.\d+)?') as is_serial,
        $type = 'id' and not regexp_full_match(problem_value, '#.*|\d+(\.\d+)?[eE]\+\d+') as is_odd,
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
        * exclude (problem_value, is_in_place, is_several, has_comma, has_point, is_serial, is_odd, shown_value),
        is_in_place,
        is_several,
        has_comma,
        has_point,
        is_serial,
        is_odd,
        shown_value as problem_value
    from masked
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
    case
        when shown.is_several then 'several_filled'
        when shown.has_comma then 'decimal_comma'
        when shown.has_point then 'unclear_point'
        when shown.is_serial then 'unclear_serial'
        when shown.is_odd then 'odd_id'
        else 'unreadable_' || $type
    end as reason_code,
    '{}' as reason_values,
    if(shown.is_in_place, to_json(shown), null) as held
from shown
inner join entries using (load_id)
