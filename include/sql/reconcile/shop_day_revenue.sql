/*
grain: one row per shop and week whose days in fct_shop_day are not the revenue of kpi.fct_kpi
*/
with shop_day as (
    select * from marts.fct_shop_day
    where orders_placed > 0
),

revenue as (
    select * from kpi.fct_kpi
    where metric = 'revenue' and entity_type = 'shop' and grain = 'week'
)

select 'expected' as side, shop, week_start as day, orders_paid as row_count, revenue as money
from shop_day
union all by name
select 'found' as side, shop, period_start as day, denominator as row_count, numerator as money
from revenue
