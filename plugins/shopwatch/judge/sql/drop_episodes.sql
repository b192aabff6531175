-- Drops the alerts that are described again.
delete from ops.episodes
using judged_affected as affected
where
    episodes.rule = affected.rule
    and episodes.shop = affected.shop
    and episodes.entity_type = affected.entity_type
    and episodes.entity = affected.entity
    and episodes.since >= affected.since
