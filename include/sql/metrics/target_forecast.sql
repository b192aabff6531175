/*
title: {zh: 目标预测, en: target forecast}
stage: 1
grains: {target: [day]}
partition: whole
value: given
may_be_negative: true
unit: share
direction: up
inputs: []
numerator: {zh: 按目前进度整月预计, en: the month as expected at its pace}
denominator: {zh: 目标值, en: target}
definition:
  zh: 月初至当日的实际值除以这些天通常占全月的比重，得出全月预计，再除以目标；比重取月初前 8 周各星期几的平均
  en: what was reached up to the day divided by the part of a month that these days usually are, over the target; the weight of a weekday is its mean over the 8 weeks before the month
caveat:
  zh: 只预测可以逐日相加的指标；前 6 天不预测，缺数据的日子没有数；不知道大促，大促前后看着用
  en: only of what adds up over days; not in the first 6 days, missing while a day's data is; knows nothing of promotions to come
at_stake:
  zh: 目标值 − 按目前进度整月预计，只限金额类目标
  en: "target - the month as expected at its pace, of targets of money only"
evidence: target
source: manual 1 (targets); classical seasonal indices over the days of the week (Hyndman and Athanasopoulos, Forecasting, Principles and Practice, 3.4)
*/
with targets as (
    select * from staging.stg_targets
    where grain = 'month' and target > 0
),

metrics as (
    select * from seed.metrics
    where adds_up
),

day_rows as (
    select
        shop,
        metric,
        period_start as day,
        cast(value as decimal(18, 4)) as value
    from kpi.metric_rows
    where entity_type = 'shop' and grain = 'day'
),

covered_days as (
    select
        shop,
        metric,
        period_start as day
    from kpi.period_coverage
    where grain = 'day' and days_covered >= days_expected
),

days as (
    select * from intermediate.int_days
),

months as (
    select
        targets.shop,
        targets.metric,
        targets.period_start as month_start,
        targets.target,
        metrics.unit,
        metrics.direction
    from targets
    inner join metrics using (metric)
),

known_days as (
    select
        shop,
        metric,
        day,
        coalesce(day_rows.value, 0) as value
    from covered_days
    left join day_rows using (shop, metric, day)
),

usual as (
    select
        months.shop,
        months.metric,
        months.month_start,
        isodow(known_days.day) as weekday,
        avg(known_days.value) as weight,
        count(*) as days_known
    from months
    inner join known_days
        on
            months.shop = known_days.shop
            and months.metric = known_days.metric
            and known_days.day between months.month_start - 56 and months.month_start - 1
    group by all
),

proven as (
    select shop, metric, month_start
    from usual
    group by shop, metric, month_start
    having sum(days_known) >= 28 and sum(weight) > 0
),

month_days as (
    select
        *,
        cast(unnest(
            generate_series(month_start, month_start + interval 1 month - interval 1 day, interval 1 day)
        ) as date) as day
    from months
),

weighed as (
    select
        month_days.*,
        if(proven.shop is null, 1, coalesce(usual.weight, 0)) as weight,
        coalesce(known_days.value, 0) as value,
        known_days.day is not null as is_covered
    from month_days
    left join proven using (shop, metric, month_start)
    left join usual
        on
            month_days.shop = usual.shop
            and month_days.metric = usual.metric
            and month_days.month_start = usual.month_start
            and isodow(month_days.day) = usual.weekday
    left join known_days
        on
            month_days.shop = known_days.shop
            and month_days.metric = known_days.metric
            and month_days.day = known_days.day
),

to_date as (
    select
        *,
        sum(value) over so_far as reached,
        bool_and(is_covered) over so_far as is_known,
        sum(weight) over so_far / nullif(sum(weight) over (partition by shop, metric, month_start), 0) as part_passed
    from weighed
    window so_far as (partition by shop, metric, month_start order by day)
),

expected as (
    select
        *,
        if(is_known, reached / nullif(part_passed, 0), null) as forecast
    from to_date
    semi join days using (shop, day)
    where day >= month_start + 6
)

select
    shop,
    'target' as entity_type,
    metric || '/month' as entity,
    day,
    forecast as numerator,
    target as denominator,
    if(direction = 'up', forecast / target, target / nullif(forecast, 0)) as value,
    if(unit = 'money' and direction = 'up', not_below_zero(target - forecast), null) as at_stake
from expected
