-- Sends the lines that have no readable cells to quarantine, with the reason and without their content.
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
from broken
