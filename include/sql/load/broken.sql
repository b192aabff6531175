-- Sends the lines that have no readable cells to quarantine, with the reason and without their content.
insert into quarantine by name
with told as (
    select
        line,
        coalesce(reason, 'its cells cannot be told apart') as fault,
        coalesce(regexp_full_match(reason, '\d+/\d+'), false) as is_counted
    from broken
)

select
    $load_id as load_id,
    $source as source,
    $shop as shop,
    $file as file,
    line,
    'ragged: ' || fault as reason,
    if(is_counted, 'ragged', 'broken_line') as reason_code,
    if(
        is_counted,
        json_object(
            'found', try_cast(split_part(fault, '/', 1) as integer),
            'expected', try_cast(split_part(fault, '/', 2) as integer)
        ),
        json_object('error', fault)
    ) as reason_values
from told
