/*
grain: one row per rule, shop and entity of the part that ever counted against the rule or is kept anyway, with a number
note: no other entity can have an alert
*/
with judged as (
    select * from judged_all
),

kept as (
    select * from judged_kept
),

against as (
    select rule, shop, entity_type, entity from judged
    where counts_against
    union
    select rule, shop, entity_type, entity from kept
)

select
    cast(row_number() over () as integer) as history,
    rule,
    shop,
    entity_type,
    entity
from against
