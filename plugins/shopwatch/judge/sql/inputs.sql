/*
grain: one row per shop, metric, grain, entity type and closed period that some rule covers, with a fingerprint of its KPIs
*/
with kpi as (
    select * from judged_kpi
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
group by shop, metric, grain, entity_type, period_start
