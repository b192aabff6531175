-- grain: one row, of the one file that was loaded and checked
select rows_read, rows_loaded, rows_quarantined, rows_skipped, reason_code, reason_values
from loads
