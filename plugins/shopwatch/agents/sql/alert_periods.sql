/*
grain: one row per judged period of the alert's rule and entity, the newest first
*/
with alerts as (
    select rule, shop, entity_type, entity from ops.alerts
    where key = $key
),

verdicts as (
    select * from ops.verdicts
)

select
    verdicts.period_start,
    verdicts.verdict,
    verdicts.reason,
    verdicts.value,
    verdicts.measured,
    verdicts.usual,
    verdicts.spread,
    verdicts.usual_periods,
    verdicts.numerator,
    verdicts.denominator,
    verdicts.threshold,
    verdicts.threshold_high,
    verdicts.streak,
    verdicts.state
from verdicts
inner join alerts using (rule, shop, entity_type, entity)
order by verdicts.period_start desc
