/*
grain: as periods.sql, of the scope
*/
with scope as (
    select * from judged_scope
),

kpi as (
    select * from judged_kpi
    where period_start >= (select min(period_start) from judged_scope)
),

exported as (
    select kpi.* from kpi
    semi join scope using (shop, metric, grain, entity_type, entity, period_start)
)

select
    scope.shop,
    scope.metric,
    scope.grain,
    scope.entity_type,
    scope.entity,
    coalesce(exported.covered_by, scope.covered_by) as covered_by,
    scope.period_start,
    scope.first_period,
    exported.entity is not null as is_exported,
    exported.value,
    exported.numerator is null as is_unknown,
    exported.denominator
from scope
left join exported using (shop, metric, grain, entity_type, entity, period_start)
