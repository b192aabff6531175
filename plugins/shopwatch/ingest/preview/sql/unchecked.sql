-- grain: one row per row that fails a check of level fail, in file order
select line, column_name, reason_code, reason_values
from quarantine
where starts_with(reason, 'check ')
order by line
limit $1
