-- Drops the histories in which nothing counts against the rule any more, unless they are kept.
delete from ops.verdicts
where
    (rule, shop, entity_type, entity) in (
        with rules as (
            select rule, gap from judged_rules
        ),

        changed as (
            select distinct rule, shop, entity_type, entity
            from judged_before
            inner join rules using (rule)
            where verdict = 'breach' or (gap = 'count' and verdict != 'ok')
        ),

        against as (
            select distinct verdicts.rule, verdicts.shop, verdicts.entity_type, verdicts.entity
            from ops.verdicts as verdicts
            inner join rules using (rule)
            semi join changed using (rule, shop, entity_type, entity)
            where verdicts.verdict = 'breach' or (rules.gap = 'count' and verdicts.verdict != 'ok')
        )

        select rule, shop, entity_type, entity from changed
        anti join against using (rule, shop, entity_type, entity)
        anti join judged_kept using (rule, shop, entity_type, entity)
    )
