/*
grain: one row per file that was loaded or rejected
*/
with loads as (
    select * from raw.loads
)

select
    load_id,
    source,
    shop,
    file,
    sha256,
    bytes,
    exported_at,
    version_rule,
    contract_hash,
    state,
    reason,
    reason_code,
    reason_values,
    rows_read,
    rows_loaded,
    rows_quarantined,
    rows_skipped,
    first_day,
    last_day,
    absent_columns,
    loaded_at
from loads
