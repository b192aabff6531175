/*
grain: one row per shop and KPI of its visitors in the week, with how much of this week and of the last its exports cover
*/
with weekly_kpi as (
    select * from review.weekly_kpi
    where metric in ('visitors', 'pay_conversion', 'sessions', 'session_conversion')
)

select
    this_week.shop,
    this_week.metric,
    this_week.value,
    this_week.value_last_week,
    this_week.value_change,
    this_week.target,
    this_week.completeness,
    last_week.completeness as completeness_last_week
from weekly_kpi as this_week
left join weekly_kpi as last_week
    on
        this_week.shop = last_week.shop
        and this_week.metric = last_week.metric
        and this_week.week_start = last_week.week_start + 7
where this_week.week_start = $week
order by this_week.shop, this_week.metric
