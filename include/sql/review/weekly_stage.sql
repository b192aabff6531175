/*
grain: one row per shop, week and stage of the manual
note: >
  The scorecard of the week: the manual's "locate the weak stage from each stage's data". A KPI of the stage
  (review.weekly_kpi) is off when it has missed its target or, where it has none, is on the bad side of its usual
  band; a week that is not over, or lacks days, judges none. state: weak when a critical alert of the stage is open at
  the end of the week or more than half of its KPIs are off; watch when any alert is open or any KPI is off; good when
  neither; no_data when no KPI of it is known and no alert is open. Money at stake is that of its open alerts, each
  thing's greatest once; if a rule about the whole shop or its targets has more at stake than all things together, its
  money counts, because it has theirs in it. is_weakest names one of the stages 1 to 6: the weak one with the most
  money at stake; where none is weak, that of those to watch; then by critical alerts, alerts, KPIs that are off.
  Stage 7, the review, shows the result of all others, and is never the weakest.
columns:
  state: State of the stage (good, watch, weak, no_data)
  score: Share of the stage's known KPIs that are not off, 0 to 100; missing where none is known
  kpis: KPIs of the stage that are known in the week
  kpis_off: KPIs that are off
  kpis_with_target: KPIs that have a target and are judged by it
  kpis_on_target: KPIs that have reached their target
  worst_kpi: The KPI that is furthest on the bad side, as a share of its target or its usual mean
  alerts: Alerts of the stage that are open at the end of the week
  alerts_critical: Critical alerts among them
  alerts_new: Alerts among them that fired in the week
  at_stake: Money at stake in the stage's open alerts
  is_weakest: Whether this is the weakest stage of the shop in the week
  worst_kpi_zh: Title of worst_kpi in Chinese
  worst_kpi_en: Title of worst_kpi in English
  worst_alert: Key of the alert that matters most (critical first, then money at stake)
  worst_rule: Rule of that alert
  worst_entity_type: Kind of thing that it is about
  worst_entity: Id of the thing
  worst_entity_name: Newest known name of the thing
*/
with kpi as (
    select * from review.weekly_kpi
),

weekly_alerts as (
    select * from review.weekly_alerts
    where state = 'firing'
),

metrics as (
    select * from seed.metrics
),

shops as (
    select * from marts.dim_shop
),

night as (
    select night from meta.night
),

open_alerts as (
    select
        weekly_alerts.*,
        metrics.stage
    from weekly_alerts
    inner join metrics using (metric)
),

judged as (
    select
        *,
        coalesce(not is_on_target, is_worse_than_usual, false) as is_off,
        if(direction = 'up', -1, 1) * change(value, coalesce(target, band_mean)) as badness
    from kpi
    where value is not null
),

by_kpi as (
    select
        shop,
        week_start,
        stage,
        count(*) as kpis,
        count(*) filter (where is_off) as kpis_off,
        count(is_on_target) as kpis_with_target,
        count(*) filter (where is_on_target) as kpis_on_target,
        max_by(metric, struct_pack(badness := badness, metric := metric)) filter (where is_off) as worst_kpi
    from judged
    group by shop, week_start, stage
),

-- Several rules may count the same money of one thing.
by_thing as (
    select
        shop,
        week_start,
        stage,
        entity_type in ('shop', 'target') as is_shop,
        entity_type,
        entity,
        max(at_stake) as at_stake
    from open_alerts
    group by shop, week_start, stage, entity_type, entity
),

money as (
    select
        shop,
        week_start,
        stage,
        sum(at_stake) filter (where not is_shop) as of_things,
        max(at_stake) filter (where is_shop) as of_shop
    from by_thing
    group by shop, week_start, stage
),

worst as (
    select *
    from open_alerts
    qualify row_number() over (
        partition by shop, week_start, stage
        order by severity = 'critical' desc, at_stake desc nulls last, since, alert_key
    ) = 1
),

by_alert as (
    select
        shop,
        week_start,
        stage,
        count(*) as alerts,
        count(*) filter (where severity = 'critical') as alerts_critical,
        count(*) filter (where is_new) as alerts_new
    from open_alerts
    group by shop, week_start, stage
),

known_weeks as (
    select shop, week_start from kpi
    union
    select shop, week_start from weekly_alerts
),

stages as (
    select
        known_weeks.shop,
        known_weeks.week_start,
        cast(unnest(generate_series(1, 7)) as tinyint) as stage
    from known_weeks
),

counted as (
    select
        stages.shop,
        stages.week_start,
        stages.stage,
        coalesce(by_kpi.kpis, 0) as kpis,
        coalesce(by_kpi.kpis_off, 0) as kpis_off,
        coalesce(by_kpi.kpis_with_target, 0) as kpis_with_target,
        coalesce(by_kpi.kpis_on_target, 0) as kpis_on_target,
        by_kpi.worst_kpi,
        coalesce(by_alert.alerts, 0) as alerts,
        coalesce(by_alert.alerts_critical, 0) as alerts_critical,
        coalesce(by_alert.alerts_new, 0) as alerts_new,
        cast(greatest(money.of_things, money.of_shop) as decimal(18, 2)) as at_stake
    from stages
    left join by_kpi using (shop, week_start, stage)
    left join by_alert using (shop, week_start, stage)
    left join money using (shop, week_start, stage)
),

stated as (
    select
        *,
        case
            when kpis = 0 and alerts = 0 then 'no_data'
            when alerts_critical > 0 or kpis_off * 2 > kpis then 'weak'
            when alerts > 0 or kpis_off > 0 then 'watch'
            else 'good'
        end as state
    from counted
),

placed as (
    select
        *,
        row_number() over (
            partition by shop, week_start
            order by
                stage < 7 and state in ('watch', 'weak') desc,
                state = 'weak' desc,
                at_stake desc nulls last,
                alerts_critical desc,
                alerts desc,
                kpis_off desc,
                stage
        ) = 1
        and stage < 7
        and state in ('watch', 'weak') as is_weakest
    from stated
)

select
    placed.shop,
    shops.title as shop_title,
    placed.week_start,
    cast(placed.week_start + 6 as date) as week_end,
    placed.stage,
    placed.state,
    if(placed.kpis = 0, null, 100 * (1 - placed.kpis_off / placed.kpis)) as score,
    cast(placed.kpis as bigint) as kpis,
    cast(placed.kpis_off as bigint) as kpis_off,
    cast(placed.kpis_with_target as bigint) as kpis_with_target,
    cast(placed.kpis_on_target as bigint) as kpis_on_target,
    placed.worst_kpi,
    worst_metric.title_zh as worst_kpi_zh,
    worst_metric.title_en as worst_kpi_en,
    cast(placed.alerts as bigint) as alerts,
    cast(placed.alerts_critical as bigint) as alerts_critical,
    cast(placed.alerts_new as bigint) as alerts_new,
    placed.at_stake,
    placed.is_weakest,
    worst.alert_key as worst_alert,
    worst.rule as worst_rule,
    worst.rule_title_zh,
    worst.rule_title_en,
    worst.entity_type as worst_entity_type,
    worst.entity as worst_entity,
    worst.entity_name as worst_entity_name,
    worst.owner_zh,
    worst.owner_en,
    worst.action_zh,
    worst.action_en,
    shops.currency,
    placed.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from placed
cross join night
inner join shops using (shop)
left join worst using (shop, week_start, stage)
left join metrics as worst_metric on placed.worst_kpi = worst_metric.metric
