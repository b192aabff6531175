/*
grain: one row per target, and per entity of a rule that depends on its status: inputs whose change affects all periods
*/
with statuses as (
    select shop, entity_type, entity, status from marts.dim_entity
    semi join (select entity_type from judged_rules where len(guard_status) > 0) as rules using (entity_type)
),

targets as (
    select shop, metric, grain, period_start, target from staging.stg_targets
    semi join (select metric from judged_rules where measure = 'share_of_target') as rules using (metric)
)

select shop, entity_type as kind, entity as name, status as content from statuses
union all
select shop, metric || '/' || grain, cast(period_start as varchar), cast(target as varchar) from targets
order by all
