/*
grain: one row, the first week of the review tables to build; missing: all
note: >
  A build notes the first day that it changed. The week of the night reviewed last may have closed since. A name that
  changed is in the rows of all weeks; a new entity has rows on changed days only.
*/
with reviewed as (
    select night from meta.reviewed
),

night as (
    select night from meta.night
),

unreviewed as (
    select first_day from meta.unreviewed
),

entities as (
    select shop, entity_type, entity, name, item_number from marts.dim_entity
),

known_entities as (
    select * from meta.reviewed_entities
),

renamed as (
    select known_entities.entity
    from known_entities
    left join entities using (shop, entity_type, entity)
    where
        entities.entity is null
        or known_entities.name is distinct from entities.name
        or known_entities.item_number is distinct from entities.item_number
),

first_days as (
    select first_day from unreviewed
    union all
    select night as first_day from reviewed
)

select cast(date_trunc('week', min(first_days.first_day)) as date) as first_week
from first_days
where
    (select reviewed.night <= night.night from reviewed cross join night)
    and not exists (select 1 from renamed)
    and not exists (select 1 from unreviewed where first_day < date '1990-01-01')
