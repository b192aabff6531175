-- Counts the verdicts of the periods that were judged again.
delete from ops.verdict_counts
where
    (shop, metric, grain, entity_type, period_start) in (
        select shop, metric, grain, entity_type, period_start from judged_dirty
    );

insert into ops.verdict_counts by name
select
    rule,
    shop,
    entity_type,
    metric,
    covered_by,
    grain,
    period_start,
    verdict,
    reason,
    count(*) as entities
from judged_base
group by rule, shop, entity_type, metric, covered_by, grain, period_start, verdict, reason
