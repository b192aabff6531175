/*
grain: one row per shop with files of the week whose rows failed a check and are in none of the numbers
*/
with loads as (
    select * from ops.loads
    where
        rows_quarantined > 0
        and first_day <= cast($week as date) + 6
        and last_day >= $week
)

select shop, sum(rows_quarantined) as row_count, count(*) as file_count
from loads
group by shop
order by shop
