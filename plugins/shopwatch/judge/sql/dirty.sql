/*
grain: one row per shop, metric, grain, entity type and closed period that is judged again
note: >
  The periods whose KPIs changed, those that have closed since ($night: the night judged last), those whose exports are
  now there or missing, and all from the one on in which an entity now begins; and the periods that are compared with
  any of them.
*/
with rules as (
    select distinct metric, grain, entity_type, measure from judged_rules
),

closed as (
    select * from judged_closed
),

closed_before as (
    select grain, last_period from closed_by(cast($night as date))
),

entities as (
    select * from ops.judged_entities
),

changed_entities as (
    select * from judged_changed_entities
),

known_missing as (
    select shop, covered_by, grain, period_start from judged_known_missing
),

missing as (
    select shop, covered_by, grain, period_start from ops.missing_periods
),

sets as (
    select distinct shop, metric, grain, entity_type, covered_by from entities
),

begun as (
    select
        shop,
        metric,
        grain,
        entity_type,
        min(least(first_period, known_first_period)) as first_changed
    from changed_entities
    group by shop, metric, grain, entity_type
),

spans as (
    select sets.shop, sets.metric, sets.grain, sets.entity_type, before.last_period as after, closed.last_period
    from sets
    inner join closed using (grain)
    inner join closed_before as before using (grain)
    union all
    select
        begun.shop,
        begun.metric,
        begun.grain,
        begun.entity_type,
        cast(begun.first_changed - period_length(begun.grain) as date) as after,
        closed.last_period
    from begun
    inner join closed using (grain)
),

missing_changed as (
    (select * from known_missing except select * from missing)
    union all
    (select * from missing except select * from known_missing)
),

changed as (
    select shop, metric, grain, entity_type, period_start from judged_changed_inputs
    union
    select
        shop,
        metric,
        grain,
        entity_type,
        cast(unnest(generate_series(after + period_length(grain), last_period, period_length(grain))) as date)
    from spans
    union
    select sets.shop, sets.metric, sets.grain, sets.entity_type, missing_changed.period_start
    from sets
    inner join missing_changed using (shop, covered_by, grain)
),

-- How many earlier periods a rule reads. What is unusual looks back to the level, and twice over 13 weeks.
looks_back as (
    select
        metric,
        grain,
        entity_type,
        max(case when measure = 'deviations' then 8 when grain = 'day' then 210 else 34 end) as periods
    from rules
    where measure in ('deviations', 'unusual')
    group by metric, grain, entity_type
),

reached as (
    select * from changed
    union
    select
        changed.shop,
        changed.metric,
        changed.grain,
        changed.entity_type,
        cast(case
            when rules.measure = 'change' then changed.period_start + period_length(changed.grain)
            when changed.grain = 'month' then changed.period_start + interval 1 year
            else changed.period_start + interval 364 day
        end as date) as period_start
    from changed
    inner join rules using (metric, grain, entity_type)
    where rules.measure in ('change', 'change_last_year')
    union
    select
        changed.shop,
        changed.metric,
        changed.grain,
        changed.entity_type,
        cast(changed.period_start + later.n * period_length(changed.grain) as date) as period_start
    from changed
    inner join looks_back using (metric, grain, entity_type)
    cross join range(1, 211) as later(n)
    where later.n <= looks_back.periods
)

select reached.shop, reached.metric, reached.grain, reached.entity_type, reached.period_start
from reached
inner join closed using (grain)
where reached.period_start <= closed.last_period
