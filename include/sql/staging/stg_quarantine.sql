/*
grain: one row per quarantined row of a file
columns:
  column_name: Header of the column that could not be read, or the column that failed a check
  value: What the cell holds; its shape alone (张*, 1**) where the file holds personal data
  reason: "unreadable <type>, ragged (cells are missing or too many), or the check that failed"
*/
with quarantine as (
    select * from raw.quarantine
)

select
    load_id,
    source,
    shop,
    file,
    line,
    column_name,
    value,
    reason,
    reason_code,
    reason_values
from quarantine
