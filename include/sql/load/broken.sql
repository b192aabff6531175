-- Sends the lines that have no readable cells to quarantine, with the reason and without their content.
insert into quarantine by name
with told as (
    select
        line,
        coalesce(reason, 'its cells cannot be told apart') as fault,
        coalesce(starts_with(reason, 'damaged'), false) as is_damaged,
        coalesce(regexp_full_match(reason, '\d+/\d+'), false) as is_counted
    from broken
)

select
    $load_id as load_id,
    $source as source,
    $shop as shop,
    $file as file,
    line,
    if(is_damaged, fault, 'ragged: ' || fault) as reason,
    case
        when is_damaged then 'damaged_line'
        when is_counted then 'ragged'
        else 'broken_line'
    end as reason_code,
    case
        when is_damaged then json_object()
        when is_counted
            then json_object(
                'found', try_cast(split_part(fault, '/', 1) as integer),
                'expected', try_cast(split_part(fault, '/', 2) as integer)
            )
        else json_object('error', fault)
    end as reason_values
from told
