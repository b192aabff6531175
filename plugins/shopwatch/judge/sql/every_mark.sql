/*
grain: one row per shop, grain and period with a KPI, now or when it was judged last
*/
with kpi as (
    select shop, grain, period_start from judged_kpi
),

known as (
    select shop, grain, period_start from ops.judged_inputs
)

select shop, grain, period_start from kpi
union
select shop, grain, period_start from known
