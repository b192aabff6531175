/*
grain: one row per open alert, with what decides its place and owner: the most severe first, then by money at stake
*/
with alerts as (
    select * from ops.alerts
    where state = 'firing'
)

select
    key,
    rule,
    shop,
    entity_type,
    entity,
    belongs_to,
    metric,
    inhibited_by,
    at_stake,
    currency
from alerts
order by list_position(['critical', 'warning', 'info'], severity), at_stake desc nulls last, key
