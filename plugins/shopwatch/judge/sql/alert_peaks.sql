/*
grain: one row per alert since $first that no other alert explains, with its farthest numbers and its largest denominator
*/
with episodes as (
    select * from ops.episodes
    where since >= cast($first as date) and inhibited_by is null
),

verdicts as (
    select * from ops.verdicts
)

select
    episodes.rule,
    episodes.shop,
    episodes.entity,
    episodes.since,
    episodes.severity = 'critical' as is_critical,
    min(verdicts.measured) as lowest,
    max(verdicts.measured) as highest,
    max(verdicts.denominator) as denominator
from episodes
inner join verdicts
    on
        episodes.rule = verdicts.rule
        and episodes.shop = verdicts.shop
        and episodes.entity_type = verdicts.entity_type
        and episodes.entity = verdicts.entity
        and episodes.since = verdicts.firing_since
where verdicts.measured is not null
group by episodes.rule, episodes.shop, episodes.entity, episodes.since, episodes.severity
order by episodes.rule, episodes.shop, episodes.since, episodes.entity
