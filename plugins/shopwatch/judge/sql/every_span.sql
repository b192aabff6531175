/*
grain: one row per shop, as firing_changes.sql: all days
*/
with entities as (
    select * from ops.judged_entities
)

select distinct
    shop,
    date '-infinity' as first_day,
    date 'infinity' as last_day
from entities
