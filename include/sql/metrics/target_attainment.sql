/*
title: {zh: 目标达成率, en: target attainment}
stage: 1
grains: {target: [week, month]}
rows: period
partition: whole
value: given
may_be_negative: true
unit: share
direction: up
inputs: []
numerator: {zh: 实际值, en: actual value}
denominator: {zh: 目标值, en: target}
definition:
  zh: 整个周期的实际值除以目标；越低越好的指标反过来，目标除以实际值
  en: the actual value of the whole period divided by the target; of what is better low, the target divided by the actual value
caveat:
  zh: 周期没有结束或缺数据时没有数；进行中的月份看目标预测
  en: missing while the period runs or its data is incomplete; a running month has a forecast
at_stake:
  zh: 目标值 − 实际值，只限金额类目标；下一周期照旧即再少这么多
  en: "target - actual value, of targets of money only: what another period like this one goes without"
evidence: target
source: manual 1 (targets); shopwatch 目标表, shops.yaml
*/
with targets as (
    select * from staging.stg_targets
    where target > 0
),

metric_rows as (
    select * from kpi.metric_rows
    where entity_type = 'shop'
),

metrics as (
    select * from seed.metrics
),

metric_grains as (
    select * from seed.metric_grains
    where entity_type = 'shop'
),

period_coverage as (
    select * from kpi.period_coverage
),

reached as (
    select
        targets.shop,
        targets.metric,
        targets.grain,
        targets.period_start,
        targets.target,
        metrics.unit,
        metrics.direction,
        if(period_coverage.days_covered >= period_coverage.days_expected, metric_rows.value, null) as actual
    from targets
    inner join metrics using (metric)
    inner join metric_rows using (shop, metric, grain, period_start)
    left join metric_grains using (metric, grain)
    inner join period_coverage
        on
            targets.shop = period_coverage.shop
            and coalesce(metric_grains.covered_by, targets.metric) = period_coverage.metric
            and targets.grain = period_coverage.grain
            and targets.period_start = period_coverage.period_start
)

select
    shop,
    'target' as entity_type,
    metric || '/' || grain as entity,
    grain,
    period_start,
    actual as numerator,
    target as denominator,
    if(direction = 'up', actual / target, target / nullif(actual, 0)) as value,
    if(unit = 'money' and direction = 'up', not_below_zero(target - actual), null) as at_stake
from reached
