/*
grain: one row per rule that judges what is unusual, shop, entity and closed period with a usable value
note: >
  The usual value of a day is the median of the days of the four weeks before (its level), plus the median difference
  from their own levels of the same weekday's days of the 13 weeks before. A week is compared with all weeks: its level
  is the median of the eight weeks before. So a trend moves the level, and the season is what recurs by weekday.
  spread is the larger of the scaled median absolute deviation of these differences and, of days, of the errors that
  the same comparison made on all days of the 13 weeks before; at least 2% of the usual value, so that a steady series
  does not report trifles. 1.4826 makes a median absolute deviation a standard deviation of normal noise (Rousseeuw and
  Croux 1993). spread is 0 if all of it is zero.
  Sale days, holidays and the 7 days after a sale are in no comparison (judged_set_aside), nor is a period of which an export is
  missing. Missing is not zero.
  usual is missing with fewer than 6 periods to compare with, or where too few make the level.
*/
with rules as (
    select rule, metric, grain, entity_type, guard_denominator from judged_rules
    where measure = 'unusual'
),

set_aside as (
    select * from judged_set_aside
),

missing as (
    select shop, covered_by, grain, period_start from ops.missing_periods
),

periods as (
    select * from judged_periods
),

kpi as (
    select * from judged_compared
),

usable as (
    select
        rules.rule,
        kpi.shop,
        kpi.metric,
        kpi.grain,
        kpi.entity_type,
        kpi.entity,
        kpi.period_start,
        kpi.value,
        if(kpi.grain = 'day', isodow(kpi.period_start), 0) as season
    from kpi
    inner join rules using (metric, grain, entity_type)
    anti join missing using (shop, covered_by, grain, period_start)
    anti join set_aside using (shop, grain, period_start)
    where kpi.value is not null and coalesce(kpi.denominator >= rules.guard_denominator, true)
),

levelled as (
    select
        *,
        if(count(*) over recent >= if(grain = 'day', 7, 2), median(value) over recent, null) as level
    from usable
    window recent as (
        partition by rule, shop, entity order by period_start
        range between if(grain = 'day', interval 28 day, interval 56 day) preceding and interval 1 day preceding
    )
),

compared as (
    select
        *,
        value - level as difference,
        list(value - level) filter (where level is not null) over alike as differences
    from levelled
    window alike as (
        partition by rule, shop, entity, season order by period_start
        range between interval 91 day preceding and interval 1 day preceding
    )
),

expected as (
    select
        *,
        len(differences) as usual_periods,
        if(usual_periods >= 6, level + list_median(differences), null) as usual,
        if(usual_periods >= 6, 1.4826 * list_mad(differences), null) as own_spread,
        abs(value - usual) as error
    from compared
),

spread_out as (
    select
        *,
        if(grain = 'day' and count(error) over recent >= 14, 1.4826 * median(error) over recent, 0) as error_spread
    from expected
    window recent as (
        partition by rule, shop, entity order by period_start
        range between interval 91 day preceding and interval 1 day preceding
    )
)

select
    spread_out.rule,
    spread_out.shop,
    spread_out.entity,
    spread_out.period_start,
    spread_out.usual,
    spread_out.usual_periods,
    greatest(spread_out.own_spread, spread_out.error_spread, 0.02 * abs(spread_out.usual)) as spread
from spread_out
semi join periods using (shop, metric, grain, entity_type, entity, period_start)
where spread_out.usual is not null
