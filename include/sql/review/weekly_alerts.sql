/*
grain: one row an alert and week in which it was open or was resolved
note: >
  The decision is the last one that was taken about the alert by the end of the week: acknowledged, or a silence that fits it.
  Words and numbers of a rule that cannot be read are those that are known: its name, and the alert's last numbers.
columns:
  reason: Why the week's newest number was not judged, so that the alert stays as it was; missing where it was judged
  decision: acknowledge or silence; missing where nobody decided anything
  decided_by: Who decided
  decided_on: Day of the decision, UTC
  decision_reason: Why, as the person wrote it
  plan: What was to be done, as the person wrote it
  outcome: What became of it since, by now; recovered or open; missing where nobody decided anything
  outcome_days: Days from the decision to the recovery, or to the night; 0 where it came before
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

decisions as (
    select * from ops.decisions
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
        max_by(verdicts.measured, verdicts.period_start) as measured,
        max_by(verdicts.numerator, verdicts.period_start) as numerator,
        max_by(verdicts.denominator, verdicts.period_start) as denominator,
        arg_max_null(verdicts.reason, verdicts.period_start) as reason,
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
),

taken as (
    select
        key,
        kind,
        alert_key,
        "by" as decided_by,
        reason,
        plan,
        "at" as decided_at,
        cast("at" as date) as decided_on,
        json_extract_string(matcher, '$.rule') as rule,
        json_extract_string(matcher, '$.shop') as shop,
        json_extract_string(matcher, '$.entity') as entity,
        cast(json_extract_string(matcher, '$.until') as date) as until
    from decisions
    where kind != 'lift' and key not in (select lifts from decisions where lifts is not null)
),

about as (
    select weeks.key, weeks.week_start, taken.* exclude (key)
    from weeks
    inner join taken on weeks.key = taken.alert_key
    union all
    select weeks.key, weeks.week_start, taken.* exclude (key)
    from weeks
    inner join taken
        on
            taken.kind = 'silence'
            and weeks.rule glob taken.rule
            and weeks.shop glob taken.shop
            and weeks.entity glob taken.entity
            and weeks.week_start <= taken.until
),

decided as (
    select * from about
    where decided_on <= week_start + 6
    qualify row_number() over (partition by key, week_start order by decided_at desc) = 1
)

select
    weeks.key as alert_key,
    weeks.shop,
    weeks.week_start,
    cast(weeks.week_start + 6 as date) as week_end,
    weeks.rule,
    coalesce(rules.title_zh, weeks.rule) as rule_title_zh,
    coalesce(rules.title_en, weeks.rule) as rule_title_en,
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
    coalesce(measured.value, weeks.value) as value,
    coalesce(rules.measure, 'value') as measure,
    coalesce(measured.measured, weeks.measured) as measured,
    rules.measured_in,
    weeks.threshold,
    measured.reason,
    coalesce(measured.numerator, weeks.numerator) as numerator,
    coalesce(measured.denominator, weeks.denominator) as denominator,
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
    decided.kind as decision,
    decided.decided_by,
    decided.decided_on,
    decided.reason as decision_reason,
    decided.plan,
    if(decided.kind is null, null, if(weeks.resolved_at is null, 'open', 'recovered')) as outcome,
    greatest(
        0, coalesce(period_end(weeks.grain, weeks.resolved_at), night.night) - decided.decided_on
    ) as outcome_days,
    weeks.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from weeks
cross join night
left join rules using (rule)
left join measured using (key, week_start)
left join decided using (key, week_start)
left join entities
    on
        weeks.shop = entities.shop
        and weeks.entity_type = entities.entity_type
        and weeks.entity = entities.entity
where weeks.week_start <= night.night
