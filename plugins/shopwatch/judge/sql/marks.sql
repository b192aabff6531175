/*
grain: one row per shop, grain and period that a build wrote since the rules were judged, or that has closed since ($night)
*/
with unjudged as (
    select * from meta.unjudged
),

closed_before as (
    select grain, last_period from closed_by(cast($night as date))
),

kpi as (
    select shop, grain, period_start from judged_kpi
    where period_start > (select min(last_period) from closed_before)
)

select shop, grain, period_start from unjudged
union
select kpi.shop, kpi.grain, kpi.period_start
from kpi
inner join closed_before using (grain)
where kpi.period_start > closed_before.last_period
