/*
grain: as firing_verdicts.sql, of the alerts that are described again
*/
with affected as (
    select * from judged_affected
),

verdicts as (
    select * from ops.verdicts
    where firing_since >= (select min(since) from judged_affected)
)

select verdicts.*
from verdicts
inner join affected
    on
        verdicts.rule = affected.rule
        and verdicts.shop = affected.shop
        and verdicts.entity_type = affected.entity_type
        and verdicts.entity = affected.entity
        and verdicts.firing_since >= affected.since
