/*
grain: one row per rule, entity and period that was judged tonight, of the histories
*/
with histories as (
    select * from judged_histories
),

base as (
    select * from judged_base
),

base_of_new as (
    select * from judged_base_of_new),

known as (
    select * from histories
    where not is_new
),

new as (
    select * from histories
    where is_new
)

select
    base.rule,
    base.shop,
    base.entity_type,
    base.entity,
    base.metric,
    base.covered_by,
    base.grain,
    base.period_start,
    base.verdict,
    base.reason,
    base.measured,
    base.usual,
    base.spread,
    base.usual_periods,
    base.threshold,
    base.threshold_high,
    base.severity,
    base.counts_against
from base
semi join known using (rule, shop, entity_type, entity)
union all by name
select
    base_of_new.rule,
    base_of_new.shop,
    base_of_new.entity_type,
    base_of_new.entity,
    base_of_new.metric,
    base_of_new.covered_by,
    base_of_new.grain,
    base_of_new.period_start,
    base_of_new.verdict,
    base_of_new.reason,
    base_of_new.measured,
    base_of_new.usual,
    base_of_new.spread,
    base_of_new.usual_periods,
    base_of_new.threshold,
    base_of_new.threshold_high,
    base_of_new.severity,
    base_of_new.counts_against
from base_of_new
semi join new using (rule, shop, entity_type, entity)
