/*
grain: one row an alert and week in which it was open or was resolved
*/
with alerts as (
    select * from ops.alerts
    where state != 'retracted'
),

rules as (
    select * from seed.rules
),

entities as (
    select * from marts.dim_entity
),

night as (
    select night from seed.night
),

verdicts as (
    select * from ops.verdicts
    where value is not null
),

weeks as (
    select
        alerts.*,
        cast(unnest(generate_series(
            date_trunc('week', alerts.since),
            date_trunc('week', coalesce(alerts.resolved_at, night.night)),
            interval 7 day
        )) as date) as week_start
    from alerts
    cross join night
),

-- The numbers as the week left them, not as they are by now.
measured as (
    select
        weeks.key,
        weeks.week_start,
        max_by(verdicts.value, verdicts.period_start) as value,
        max_by(verdicts.numerator, verdicts.period_start) as numerator,
        max_by(verdicts.denominator, verdicts.period_start) as denominator,
        max_by(verdicts.at_stake, verdicts.period_start) filter (where verdicts.verdict = 'breach') as at_stake,
        max_by(verdicts.severity, verdicts.period_start) filter (where verdicts.verdict = 'breach') as severity
    from weeks
    inner join verdicts
        on
            weeks.rule = verdicts.rule
            and weeks.shop = verdicts.shop
            and weeks.entity_type = verdicts.entity_type
            and weeks.entity = verdicts.entity
            and verdicts.period_start between weeks.since and weeks.week_start + 6
    group by weeks.key, weeks.week_start
)

select
    weeks.key as alert_key,
    weeks.shop,
    weeks.week_start,
    cast(weeks.week_start + 6 as date) as week_end,
    weeks.rule,
    rules.title_zh as rule_title_zh,
    rules.title_en as rule_title_en,
    weeks.entity_type,
    weeks.entity,
    entities.name as entity_name,
    weeks.metric,
    weeks.grain,
    weeks.since,
    weeks.resolved_at,
    date_trunc('week', weeks.since) = weeks.week_start as is_new,
    if(weeks.resolved_at <= weeks.week_start + 6, 'resolved', 'firing') as state,
    coalesce(measured.severity, weeks.severity) as severity,
    measured.value,
    weeks.threshold,
    measured.numerator,
    measured.denominator,
    coalesce(measured.at_stake, weeks.at_stake) as at_stake,
    weeks.currency,
    rules.owner_zh,
    rules.owner_en,
    rules.action_zh,
    rules.action_en,
    rules.manual_zh,
    rules.manual_en,
    weeks.rule_hash,
    weeks.model_hash,
    weeks.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from weeks
cross join night
inner join rules using (rule)
left join measured using (key, week_start)
left join entities
    on
        weeks.shop = entities.shop
        and weeks.entity_type = entities.entity_type
        and weeks.entity = entities.entity
where weeks.week_start <= night.night
