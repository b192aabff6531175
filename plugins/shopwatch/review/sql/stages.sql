/*
grain: one row per shop and stage of the manual in the week
*/
with weekly_stage as (
    select * from review.weekly_stage
    where week_start = $week and shop = coalesce($shop, shop)
)

select
    shop,
    stage,
    state,
    score,
    kpis,
    kpis_off,
    worst_kpi_zh,
    worst_kpi_en,
    alerts,
    alerts_critical,
    at_stake,
    currency,
    is_weakest,
    worst_alert,
    worst_rule,
    rule_title_zh,
    rule_title_en,
    coalesce(worst_entity_name, worst_entity) as worst_entity_name,
    owner_zh,
    owner_en,
    action_zh,
    action_en
from weekly_stage
order by shop, stage
