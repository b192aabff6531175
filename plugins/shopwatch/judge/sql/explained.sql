/*
grain: one row per history and period in which another rule's alert explains this one's
note: >
  The other alert is at least as severe, so that no critical alert is left out because of a warning. It is about the same
  entity, the same item number or the whole shop. A target concerns only its KPI, so only an alert about the shop's own
  value of that KPI explains it.
*/
with firing as (
    select * from judged_firing
),

to_explain as (
    select history, period_start from judged_to_explain
),

rules as (
    select rule, inhibited_by from judged_rules
),

things as (
    select shop, entity_type, entity, item_number from marts.dim_entity
),

explaining as (
    select distinct unnest(inhibited_by) as rule from rules
),

alerts as (
    select
        firing.*,
        period_end(firing.grain, firing.period_start) as period_end,
        things.item_number
    from firing
    left join things using (shop, entity_type, entity)
),

explained as (
    select alerts.*, unnest(rules.inhibited_by) as by_rule
    from alerts
    inner join rules using (rule)
    semi join to_explain using (history, period_start)
),

others as (
    select * from alerts
    semi join explaining using (rule)
),

pairs as (
    select explained.history, explained.period_start, others.rule
    from explained
    inner join others
        on
            explained.by_rule = others.rule
            and explained.shop = others.shop
            and explained.rank <= others.rank
            and explained.entity_type = others.entity_type
            and explained.entity = others.entity
            and explained.period_start <= others.period_end
            and explained.period_end >= others.period_start
    union all
    select explained.history, explained.period_start, others.rule
    from explained
    inner join others
        on
            explained.by_rule = others.rule
            and explained.shop = others.shop
            and explained.rank <= others.rank
            and explained.item_number = others.item_number
            and explained.period_start <= others.period_end
            and explained.period_end >= others.period_start
    union all
    select explained.history, explained.period_start, others.rule
    from explained
    inner join others
        on
            explained.by_rule = others.rule
            and explained.shop = others.shop
            and explained.rank <= others.rank
            and others.entity_type = 'shop'
            and (explained.entity_type != 'target' or split_part(explained.entity, '/', 1) = others.metric)
            and explained.period_start <= others.period_end
            and explained.period_end >= others.period_start
)

select
    history,
    period_start,
    min(rule) as inhibited_by
from pairs
group by history, period_start
