/*
grain: one row per period of the alert's rule and entity, up to the newest that was judged, the 8 before the alert first
*/
with alerts as (
    select rule, shop, entity_type, entity, since
    from ops.alerts
    where key = $key
),

verdicts as (
    select * from ops.verdicts
),

missing_periods as (
    select * from ops.missing_periods
),

period_coverage as (
    select * rename (metric as covered_by) from kpi.period_coverage
),

loads as (
    select load_id, file from ops.loads
),

periods as (
    select
        verdicts.*,
        alerts.since,
        coalesce(missing_periods.missing_days, []) as missing_days,
        coalesce(missing_periods.missing_exports, []) as missing_exports,
        coalesce(missing_periods.missing_inputs, []) as missing_inputs,
        coalesce(missing_periods.missing_shops, []) as missing_shops,
        coalesce(missing_periods.short_days, []) as short_days,
        coalesce(missing_periods.short_exports, []) as short_exports,
        coalesce(period_coverage.load_ids, []) as load_ids
    from verdicts
    inner join alerts using (rule, shop, entity_type, entity)
    left join missing_periods using (shop, covered_by, grain, period_start)
    left join period_coverage using (shop, covered_by, grain, period_start)
),

files as (
    select
        loaded.period_start,
        list(loads.file order by loads.file) as files
    from (select period_start, unnest(load_ids) as load_id from periods) as loaded
    inner join loads using (load_id)
    group by loaded.period_start
),

numbered as (
    select *, row_number() over (order by period_start desc) as number
    from periods
    qualify number <= 8 or period_start >= since
)

select
    numbered.period_start,
    numbered.verdict,
    numbered.reason,
    numbered.state,
    numbered.streak,
    numbered.value,
    numbered.measured,
    numbered.usual,
    numbered.spread,
    numbered.usual_periods,
    numbered.numerator,
    numbered.denominator,
    numbered.threshold,
    numbered.threshold_high,
    numbered.severity,
    numbered.inhibited_by,
    numbered.missing_days,
    numbered.missing_exports,
    numbered.missing_inputs,
    numbered.missing_shops,
    numbered.short_days,
    numbered.short_exports,
    coalesce(files.files, []) as files
from numbered
left join files using (period_start)
order by numbered.period_start
