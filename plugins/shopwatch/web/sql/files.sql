/*
grain: one row per file received, the newest first; at most $most
note: $refused selects the files that do not count (rejected, or failed their checks)
*/
with loads as (
    select * from ops.loads
)

select
    load_id,
    source,
    shop,
    file,
    state,
    reason,
    reason_code,
    reason_values,
    rows_read,
    rows_loaded,
    rows_quarantined,
    first_day,
    last_day,
    absent_columns,
    loaded_at,
    bytes,
    count(*) over () as files_all
from loads
where $refused = (state in ('rejected', 'failed'))
order by loaded_at desc, load_id
limit $most
