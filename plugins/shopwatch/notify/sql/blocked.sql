/*
grain: >
  one row per rule, shop, KPI whose exports it needs, and reason, if the newest closed period could not be judged, with the
  number of entities, the missing days and the exports that would provide them
note: >
  absent_ad_accounts are the ad accounts without data on some of these days. is_refund_unknown: on some of them,
  unknown_days, the refunds of orders are unknown; refund_exports would provide them. The refund exports that the shop
  has end on refunds_until. On unknown_shipping_days no shipping time of the orders is known. On short_days short_exports hold far fewer rows than usual.
  missing_inputs are those that lack an export, or that profit does not know, on some of missing_days.
*/
with counts as (
    select * from ops.verdict_counts
),

missing_periods as (
    select * from ops.missing_periods
),

absent_ad_accounts as (
    select * from intermediate.int_absent_ad_accounts
),

shops as (
    select * from marts.dim_shop
    union all by name
    select shop, name as title from marts.dim_entity
    where entity_type = 'group'
),

refund_metrics as (
    select metric from seed.metrics
    where list_contains(inputs, 'order_refunds')
),

unknown_refunds as (
    select shop, day
    from marts.fct_shop_day
    where revenue is not null and refunded is null
),

shipping_metrics as (
    select metric from seed.metrics
    where list_contains(inputs, 'order_shipping')
),

unknown_shipping as (
    select * from intermediate.int_unknown_shipping_days
),

refund_exports as (
    select distinct
        coverage.shop,
        coverage.day,
        unnest(money.refund_exports) as refund_export
    from staging.stg_coverage as coverage
    inner join seed.money as money using (source)
    semi join unknown_refunds on coverage.shop = unknown_refunds.shop and coverage.day = unknown_refunds.day
),

refund_ends as (
    select shop, max(day) as refunds_until
    from intermediate.int_covered_days
    where input = 'refunds'
    group by shop
),

newest as (
    select *
    from counts
    qualify period_start = max(period_start) over (partition by rule, shop)
),

untold as (
    select
        newest.rule,
        newest.shop,
        shops.title as shop_title,
        newest.covered_by as metric,
        newest.grain,
        newest.period_start as period,
        newest.reason,
        cast(sum(newest.entities) as bigint) as entities,
        coalesce(any_value(missing_periods.missing_days), []) as missing_days,
        coalesce(any_value(missing_periods.missing_exports), []) as missing_exports,
        coalesce(any_value(missing_periods.missing_inputs), []) as missing_inputs,
        coalesce(any_value(missing_periods.short_exports), []) as short_exports,
        coalesce(any_value(missing_periods.short_days), []) as short_days,
        coalesce(any_value(missing_periods.missing_shops), []) as missing_shops
    from newest
    inner join shops using (shop)
    left join missing_periods using (shop, covered_by, grain, period_start)
    where newest.verdict = 'blocked'
    group by all
),

without_refunds as (
    select
        untold.rule,
        untold.shop,
        untold.metric,
        untold.period,
        coalesce(
            list(distinct refund_exports.refund_export order by refund_exports.refund_export)
                filter (where refund_exports.refund_export is not null),
            []
        ) as refund_exports,
        list(distinct unknown_refunds.day order by unknown_refunds.day) as unknown_days
    from untold
    semi join refund_metrics using (metric)
    inner join unknown_refunds
        on untold.shop = unknown_refunds.shop and list_contains(untold.missing_days, unknown_refunds.day)
    left join refund_exports
        on unknown_refunds.shop = refund_exports.shop and unknown_refunds.day = refund_exports.day
    group by untold.rule, untold.shop, untold.metric, untold.period
),

without_shipping as (
    select
        untold.rule,
        untold.shop,
        untold.metric,
        untold.period,
        list(unknown_shipping.day order by unknown_shipping.day) as unknown_shipping_days
    from untold
    semi join shipping_metrics using (metric)
    inner join unknown_shipping
        on untold.shop = unknown_shipping.shop and list_contains(untold.missing_days, unknown_shipping.day)
    group by untold.rule, untold.shop, untold.metric, untold.period
)

select
    untold.rule,
    untold.shop,
    untold.shop_title,
    untold.metric,
    untold.grain,
    untold.period,
    untold.reason,
    untold.entities,
    untold.missing_days,
    untold.missing_exports,
    untold.missing_inputs,
    coalesce(
        list(distinct absent_ad_accounts.ad_account order by absent_ad_accounts.ad_account)
            filter (where absent_ad_accounts.ad_account is not null),
        []
    ) as absent_ad_accounts,
    any_value(without_refunds.rule) is not null as is_refund_unknown,
    coalesce(any_value(without_refunds.refund_exports), []) as refund_exports,
    coalesce(any_value(without_refunds.unknown_days), []) as unknown_days,
    any_value(refund_ends.refunds_until) as refunds_until,
    coalesce(any_value(without_shipping.unknown_shipping_days), []) as unknown_shipping_days,
    untold.short_exports,
    untold.short_days,
    untold.missing_shops
from untold
left join without_refunds using (rule, shop, metric, period)
left join without_shipping using (rule, shop, metric, period)
left join refund_ends on untold.shop = refund_ends.shop
left join absent_ad_accounts on untold.shop = absent_ad_accounts.shop and list_contains(untold.missing_days, absent_ad_accounts.day)
group by all
order by untold.shop, untold.rule, untold.metric
