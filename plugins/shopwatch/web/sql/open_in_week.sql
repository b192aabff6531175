/*
grain: one row per shop with alerts that were open at the end of the week, with their number
*/
with alerts as (
    select * from review.weekly_alerts
    where week_start = $week and state != 'resolved'
)

select
    shop,
    count(*) as alerts
from alerts
group by shop
order by shop
