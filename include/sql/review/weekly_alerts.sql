/*
grain: one row per alert and week in which it was open or was resolved
note: >
  The decision is the last one that was taken about the alert by the end of the week: acknowledged, or a silence that fits it.
  Words and numbers of a rule that cannot be read are those that are known: its name, and the alert's last numbers.
columns:
  judged_period: First day of the last period that was judged by the end of the week; the numbers belong to it
  unjudged: >-
    The periods after judged_period up to the end of the week, which were not judged; of many in a row for the same reason
    and without a missing day, the first and the last
  decision: acknowledge, dismiss or silence; missing where nobody decided anything
  decided_by: Who decided
  decided_on: Day of the decision, UTC
  decision_reason: Why, as the person wrote it
  plan: What was to be done, as the person wrote it
  outcome: State of the alert by now (resolved, open); missing where nobody decided anything
  outcome_days: Days from the decision to the recovery, or to the night; 0 where it came before
*/
with alerts as (
    select * from ops.alerts
    where state != 'retracted'
),

rules as (
    select * from meta.rules
),

night as (
    select night from meta.night
),

verdicts as not materialized (
    select
        rule,
        shop,
        entity_type,
        entity,
        grain,
        period_start,
        firing_since,
        covered_by,
        verdict,
        reason,
        severity,
        value,
        measured,
        threshold,
        threshold_high,
        numerator,
        denominator,
        at_stake
    from ops.verdicts
),

missing_periods as (
    select * from ops.missing_periods
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

-- The verdicts of each alert while it was open, and the one that cleared it.
periods as (
    select alerts.key, verdicts.* exclude (rule, entity_type, entity, firing_since)
    from alerts
    inner join verdicts
        on
            alerts.rule = verdicts.rule
            and alerts.shop = verdicts.shop
            and alerts.entity_type = verdicts.entity_type
            and alerts.entity = verdicts.entity
            and alerts.since = verdicts.firing_since
    union all
    select alerts.key, verdicts.* exclude (rule, entity_type, entity, firing_since)
    from alerts
    inner join verdicts
        on
            alerts.rule = verdicts.rule
            and alerts.shop = verdicts.shop
            and alerts.entity_type = verdicts.entity_type
            and alerts.entity = verdicts.entity
            and alerts.resolved_at = verdicts.period_start
),

described as (
    select
        periods.*,
        coalesce(missing_periods.missing_days, []) as missing_days,
        coalesce(missing_periods.missing_exports, []) as missing_exports,
        coalesce(missing_periods.short_days, []) as short_days,
        coalesce(missing_periods.short_exports, []) as short_exports,
        if(
            periods.reason is null or missing_periods.period_start is not null,
            null,
            periods.verdict || '/' || periods.reason
        ) as cause
    from periods
    left join missing_periods using (shop, covered_by, grain, period_start)
),

followed as (
    select
        described.*,
        cast(date_trunc('week', coalesce(alerts.resolved_at, night.night)) as date) as last_week,
        min(if(described.reason is null, described.period_start, null)) over later as next_judged,
        min(if(described.verdict = 'breach', described.period_start, null)) over later as next_breach,
        if(
            lag(described.cause) over one_alert = described.cause and lead(described.cause) over one_alert = described.cause,
            lead(described.period_start) over one_alert,
            null
        ) as next_alike
    from described
    inner join alerts using (key)
    cross join night
    window
        one_alert as (partition by described.key order by described.period_start),
        later as (
            partition by described.key order by described.period_start
            rows between 1 following and unbounded following
        )
),

-- A period is that of its own week and of the later ones until another is judged: as the week left it, not as it is by now.
-- One within a run of periods that are unjudged for the same reason, until the next: the first and the last stand for all.
known as (
    select
        *,
        cast(unnest(generate_series(
            date_trunc('week', period_start),
            least(last_week, date_trunc('week', coalesce(next_alike, next_judged)) - interval 7 day),
            interval 7 day
        )) as date) as week_start
    from followed
),

measured as (
    select * from known
    where reason is null
),

breached as (
    select
        key,
        severity,
        cast(unnest(generate_series(
            date_trunc('week', period_start),
            least(last_week, date_trunc('week', next_breach) - interval 7 day),
            interval 7 day
        )) as date) as week_start
    from followed
    where verdict = 'breach'
),

unjudged as (
    select
        key,
        week_start,
        list(
            struct_pack(
                period_start := period_start,
                verdict := verdict,
                reason := reason,
                missing_days := missing_days,
                missing_exports := missing_exports,
                short_days := short_days,
                short_exports := short_exports
            )
            order by period_start
        ) as unjudged
    from known
    where reason is not null
    group by key, week_start
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
    where kind in ('acknowledge', 'dismiss', 'silence') and key not in (select lifts from decisions where lifts is not null)
),

assigned as (
    select alert_key as key, owner
    from decisions
    where kind = 'assign' and key not in (select lifts from decisions where lifts is not null)
    qualify row_number() over (partition by alert_key order by "at" desc) = 1
),

departments as (
    select owner_zh, any_value(owner_en) as owner_en
    from rules
    group by owner_zh
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
    weeks.entity_name,
    weeks.metric,
    weeks.grain,
    weeks.since,
    weeks.resolved_at,
    date_trunc('week', weeks.since) = weeks.week_start as is_new,
    if(weeks.resolved_at <= weeks.week_start + 6, 'resolved', 'firing') as state,
    coalesce(breached.severity, weeks.severity) as severity,
    coalesce(measured.value, weeks.value) as value,
    coalesce(rules.measure, 'value') as measure,
    coalesce(measured.measured, weeks.measured) as measured,
    rules.measured_in,
    coalesce(measured.threshold, weeks.threshold) as threshold,
    coalesce(measured.threshold_high, weeks.threshold_high) as threshold_high,
    coalesce(measured.period_start, weeks.judged_period) as judged_period,
    coalesce(measured.verdict, weeks.judged_verdict) as judged_verdict,
    coalesce(unjudged.unjudged, []) as unjudged,
    coalesce(measured.numerator, weeks.numerator) as numerator,
    coalesce(measured.denominator, weeks.denominator) as denominator,
    coalesce(measured.at_stake, weeks.at_stake) as at_stake,
    weeks.currency,
    coalesce(assigned.owner, rules.owner_zh) as owner_zh,
    if(assigned.owner is null, rules.owner_en, coalesce(departments.owner_en, assigned.owner)) as owner_en,
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
    if(decided.kind is null, null, if(weeks.resolved_at is null, 'open', 'resolved')) as outcome,
    greatest(
        0, coalesce(period_end(weeks.grain, weeks.resolved_at), night.night) - decided.decided_on
    ) as outcome_days,
    weeks.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from weeks
cross join night
left join rules using (rule)
left join measured using (key, week_start)
left join breached using (key, week_start)
left join unjudged using (key, week_start)
left join decided using (key, week_start)
left join assigned using (key)
left join departments on assigned.owner = departments.owner_zh
where weeks.week_start <= night.night
