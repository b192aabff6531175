-- Sends the lines that could not be read to quarantine, each with the reason; never a cell of personal data.
insert into quarantine by name
select
    $load_id as load_id,
    $source as source,
    $shop as shop,
    $file as file,
    line,
    'ragged: ' || reason as reason,
    if(regexp_full_match(reason, '\d+/\d+'), 'ragged', 'broken_line') as reason_code,
    if(
        regexp_full_match(reason, '\d+/\d+'),
        json_object(
            'found', cast(split_part(reason, '/', 1) as integer),
            'expected', cast(split_part(reason, '/', 2) as integer)
        ),
        json_object('error', reason)
    ) as reason_values
from broken;

insert into quarantine by name
select
    load_id,
    source,
    shop,
    $file as file,
    line,
    array_to_string($columns[problem].headers, ' / ') as column_name,
    problem_value as value,
    'unreadable ' || $columns[problem].type as reason,
    'unreadable_' || $columns[problem].type as reason_code,
    '{}' as reason_values,
    to_json(typed) as held
from typed
where problem is not null
