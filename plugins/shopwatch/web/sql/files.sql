/*
grain: one row per file that came in, the newest first; at most $most
note: $refused asks for those that count for nothing: rejected, or failed their checks
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
    loaded_at,
    bytes,
    count(*) over () as files_all
from loads
where $refused = (state in ('rejected', 'failed'))
order by loaded_at desc, load_id
limit $most
