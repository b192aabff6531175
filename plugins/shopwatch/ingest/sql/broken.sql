-- Quarantines lines without readable cells, with the reason and without their content.
insert into quarantine by name
select
    $load_id as load_id,
    $source as source,
    $shop as shop,
    $file as file,
    line,
    if(code = 'ragged', 'ragged: ' || reason, reason) as reason,
    code as reason_code,
    "values" as reason_values
from broken
