/*
grain: one row per history with an alert that is described again, and the first period of the first such alert
note: >
  Alerts whose verdicts changed, that are explained by another one or no longer, and those with a period whose KPIs were
  written or whose missing exports are others.
*/
with histories as (
    select history, rule, shop, entity_type, entity from judged_histories
),

verdicts as (
    select rowid as verdict_row, rule, shop, entity_type, entity, firing_since, inhibited_by from ops.verdicts
),

episodes as (
    select * from ops.episodes
),

missing_changed as (
    (select * from judged_known_missing except select * from ops.missing_periods)
    union all
    (select * from ops.missing_periods except select * from judged_known_missing)
),

moved as (
    select shop, grain, period_start from judged_marks
    union
    select shop, grain, period_start from missing_changed
),

followed as (
    select history, firing_since from judged_before
    union all
    select history, firing_since from judged_carried
    union all
    select history, firing_since from judged_followed
),

again as (
    select judged_to_explain.history as verdict_row, judged_explained.inhibited_by
    from judged_to_explain
    left join judged_explained using (history, period_start)
),

affected as (
    select histories.rule, histories.shop, histories.entity_type, histories.entity, followed.firing_since as since
    from followed
    inner join histories using (history)
    where followed.firing_since is not null
    union all
    select verdicts.rule, verdicts.shop, verdicts.entity_type, verdicts.entity, verdicts.firing_since as since
    from verdicts
    inner join again using (verdict_row)
    where verdicts.inhibited_by is distinct from again.inhibited_by
    union all
    select episodes.rule, episodes.shop, episodes.entity_type, episodes.entity, episodes.since
    from episodes
    semi join moved
        on
            episodes.shop = moved.shop
            and episodes.grain = moved.grain
            and moved.period_start between episodes.since and episodes.last_period
)

select rule, shop, entity_type, entity, min(since) as since
from affected
group by rule, shop, entity_type, entity
