/*
grain: as inputs.sql, of the marked periods
*/
with marks as (
    select shop, grain, period_start from judged_marks
),

kpi as (
    select * from judged_kpi
    where period_start >= (select min(period_start) from judged_marks)
)

select
    shop,
    metric,
    grain,
    entity_type,
    period_start,
    count(*) as entities,
    bit_xor(hash(entity, covered_by, numerator, denominator, value, at_stake, currency, model_hash)) as fingerprint
from kpi
semi join marks using (shop, grain, period_start)
group by shop, metric, grain, entity_type, period_start
