/*
grain: one row per shop and week whose campaigns in fct_campaign_day are not the spend of kpi.fct_kpi
*/
with campaign_day as (
    select * from marts.fct_campaign_day
),

roas as (
    select * from kpi.fct_kpi
    where metric = 'roas' and entity_type = 'campaign' and grain = 'week'
)

select 'expected' as side, shop, week_start as day, count(distinct campaign_id) as row_count, sum(spend) as money
from campaign_day
group by shop, week_start
union all by name
select 'found' as side, shop, period_start as day, 1 as row_count, denominator as money
from roas
