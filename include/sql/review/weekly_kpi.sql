/*
grain: one row per shop, KPI and week, of the KPIs of the whole shop
note: >
  The shop's rows of review.weekly_entity and what they are measured by. The usual band is two standard deviations around
  the mean of the up to eight weeks before, of six at least; it ends at zero where a KPI cannot be negative, and where
  these weeks were all alike there is none: the least change would be outside. Targets are the week's.
columns:
  grain: Length of the period that the value is of (week; day is the last day of the week that has one)
  period_start: First day of the period that the value is of
  value_last_week: value of the week before
  value_change: Change of value from last week, as a share of last week
  value_last_year: value of the week of last year that this one is compared with (marts.dim_week)
  value_change_last_year: Change of value from last year's week, as a share of it
  band_mean: Mean of the eight weeks before
  band_low: Lower end of what is usual
  band_high: Upper end of what is usual
  is_on_target: Whether the value has reached the target; missing where there is none, and for a partial week
  is_worse_than_usual: True if the value is outside the band on the bad side; missing without a band and for a partial week
  completeness: Share of the period's days for which an export of every input is there; 1 is complete
  is_partial: Whether the week is not over or days of it are missing
*/
with of_week as (
    select * from review.weekly_entity
    where entity_type = 'shop'
),

metrics as (
    select * from seed.metrics
),

targets as (
    select * from staging.stg_targets
    where grain = 'week'
),

weeks as (
    select * from marts.dim_week
),

usual as (
    select
        *,
        avg(value) over before as mean,
        if(max(value) over before > min(value) over before, stddev_samp(value) over before, null) as deviation,
        count(value) over before as known
    from of_week
    window before as (
        partition by shop, metric order by week_start
        range between interval 56 days preceding and interval 7 days preceding
    )
),

banded as (
    select
        * exclude (mean, deviation),
        if(known >= 6, mean, null) as band_mean,
        if(known >= 6, mean - 2 * deviation, null) as band_low,
        if(known >= 6, mean + 2 * deviation, null) as band_high
    from usual
),

compared as (
    select
        this_week.*,
        metrics.title_zh,
        metrics.title_en,
        metrics.stage,
        metrics.unit,
        metrics.direction,
        metrics.may_be_negative,
        (this_week.grain = 'day' or this_week.is_closed) and coalesce(this_week.completeness, 1) >= 1 as is_whole,
        weeks.event,
        weeks.event_zh,
        weeks.event_en,
        coalesce(weeks.is_sale, false) as is_sale,
        coalesce(weeks.is_holiday, false) as is_holiday,
        targets.target,
        last_year.value as value_last_year
    from banded as this_week
    inner join metrics using (metric)
    left join weeks using (shop, week_start)
    left join targets
        on
            this_week.shop = targets.shop
            and this_week.metric = targets.metric
            and this_week.week_start = targets.period_start
    left join of_week as last_year
        on
            this_week.shop = last_year.shop
            and this_week.metric = last_year.metric
            and weeks.week_last_year = last_year.week_start
)

select
    shop,
    metric,
    title_zh,
    title_en,
    stage,
    week_start,
    week_end,
    grain,
    period_start,
    unit,
    direction,
    value,
    numerator,
    denominator,
    target,
    case
        when not is_whole then null
        when direction = 'up' then value >= target
        else value <= target
    end as is_on_target,
    value_last_week,
    change(value, value_last_week) as value_change,
    value_last_year,
    change(value, value_last_year) as value_change_last_year,
    band_mean,
    if(band_low < 0 and not may_be_negative, 0, band_low) as band_low,
    band_high,
    case
        when not is_whole then null
        when direction = 'up' then value < band_low
        else value > band_high
    end as is_worse_than_usual,
    at_stake,
    currency,
    completeness,
    completeness < 1 or not is_closed as is_partial,
    event,
    event_zh,
    event_en,
    is_sale,
    is_holiday,
    is_closed,
    as_of
from compared
