/*
grain: one row per entity that begins at another period than when it was judged last, or is new, or is gone
*/
with changed as (
    select * from judged_changed_inputs
),

known as (
    select * from ops.judged_entities
),

kpi as not materialized (
    select * from judged_kpi
),

present as (
    select
        shop,
        metric,
        grain,
        entity_type,
        entity,
        any_value(covered_by) as covered_by,
        min(period_start) as first_period
    from kpi
    semi join changed using (shop, metric, grain, entity_type, period_start)
    where period_start >= (select min(period_start) from judged_changed_inputs)
    group by shop, metric, grain, entity_type, entity
),

candidates as (
    select present.shop, present.metric, present.grain, present.entity_type, present.entity
    from present
    left join known using (shop, metric, grain, entity_type, entity)
    where
        known.first_period is null
        or present.first_period < known.first_period
        or present.covered_by != known.covered_by
    union
    select known.shop, known.metric, known.grain, known.entity_type, known.entity
    from known
    semi join changed
        on
            known.shop = changed.shop
            and known.metric = changed.metric
            and known.grain = changed.grain
            and known.entity_type = changed.entity_type
            and known.first_period = changed.period_start
),

found as (
    select
        shop,
        metric,
        grain,
        entity_type,
        entity,
        any_value(covered_by) as covered_by,
        min(period_start) as first_period
    from kpi
    semi join candidates using (shop, metric, grain, entity_type, entity)
    group by shop, metric, grain, entity_type, entity
)

select
    candidates.shop,
    candidates.metric,
    candidates.grain,
    candidates.entity_type,
    candidates.entity,
    found.covered_by,
    found.first_period,
    known.first_period as known_first_period
from candidates
left join found using (shop, metric, grain, entity_type, entity)
left join known using (shop, metric, grain, entity_type, entity)
where found.first_period is distinct from known.first_period or found.covered_by is distinct from known.covered_by
