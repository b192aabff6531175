/*
grain: one row per shop and week
note: >
  Revenue, paid orders, spend and what the ads brought are those of kpi.fct_kpi. Last year's week is the same week of the
  same sale or holiday, else the one 52 weeks earlier (marts.dim_week).
columns:
  revenue_last_year: revenue of the week of last year that this one is compared with
  revenue_change_last_year: Change of revenue from last year's week, as a share of it
  is_partial: Whether the week is not over or days of it are missing
*/
with shop_week as (
    select * from marts.fct_shop_week
),

kpi as (
    select * from kpi.fct_kpi
    where entity_type = 'shop' and grain = 'week'
),

period_coverage as (
    select * from kpi.period_coverage
    where metric = 'revenue' and grain = 'week'
),

targets as (
    select * from staging.stg_targets
    where grain = 'week'
),

shops as (
    select * from marts.dim_shop
),

weeks as (
    select * from marts.dim_week
),

night as (
    select night from meta.night
),

measured as (
    select
        shop_week.shop,
        shop_week.week_start,
        shop_week.currency,
        cast(revenue.numerator as decimal(18, 2)) as revenue,
        shop_week.orders_placed,
        cast(revenue.denominator as bigint) as orders_paid,
        shop_week.refunded,
        shop_week.net_revenue,
        cast(roas.denominator as decimal(18, 2)) as spend,
        cast(roas.numerator as decimal(18, 2)) as ad_revenue,
        value_per_order.value as value_per_order,
        roas.value as roas
    from shop_week
    left join kpi as revenue
        on
            shop_week.shop = revenue.shop
            and shop_week.week_start = revenue.period_start
            and revenue.metric = 'revenue'
    left join kpi as value_per_order
        on
            shop_week.shop = value_per_order.shop
            and shop_week.week_start = value_per_order.period_start
            and value_per_order.metric = 'value_per_order'
    left join kpi as roas
        on
            shop_week.shop = roas.shop
            and shop_week.week_start = roas.period_start
            and roas.metric = 'roas'
),

compared as (
    select
        this_week.*,
        last_week.revenue as revenue_last_week,
        last_week.orders_paid as orders_paid_last_week,
        last_week.value_per_order as value_per_order_last_week,
        last_week.spend as spend_last_week,
        last_week.roas as roas_last_week,
        last_year.revenue as revenue_last_year,
        weeks.event,
        weeks.event_zh,
        weeks.event_en,
        coalesce(weeks.is_sale, false) as is_sale,
        coalesce(weeks.is_holiday, false) as is_holiday
    from measured as this_week
    left join weeks using (shop, week_start)
    left join measured as last_year
        on
            this_week.shop = last_year.shop
            and weeks.week_last_year = last_year.week_start
    left join measured as last_week
        on
            this_week.shop = last_week.shop
            and this_week.week_start = last_week.week_start + 7
)

select
    compared.shop,
    shops.title as shop_title,
    compared.week_start,
    cast(compared.week_start + 6 as date) as week_end,
    compared.currency,
    compared.revenue,
    compared.revenue_last_week,
    change(compared.revenue, compared.revenue_last_week) as revenue_change,
    compared.revenue_last_year,
    change(compared.revenue, compared.revenue_last_year) as revenue_change_last_year,
    revenue_target.target as revenue_target,
    compared.orders_placed,
    compared.orders_paid,
    compared.orders_paid_last_week,
    change(compared.orders_paid, compared.orders_paid_last_week) as orders_paid_change,
    compared.value_per_order,
    compared.value_per_order_last_week,
    change(compared.value_per_order, compared.value_per_order_last_week) as value_per_order_change,
    compared.refunded,
    compared.net_revenue,
    compared.spend,
    compared.spend_last_week,
    change(compared.spend, compared.spend_last_week) as spend_change,
    compared.ad_revenue,
    compared.roas,
    compared.roas_last_week,
    change(compared.roas, compared.roas_last_week) as roas_change,
    roas_target.target as roas_target,
    cast(period_coverage.days_covered as double) / period_coverage.days_expected as completeness,
    coalesce(period_coverage.days_covered < period_coverage.days_expected, true)
    or compared.week_start + 6 > night.night as is_partial,
    compared.event,
    compared.event_zh,
    compared.event_en,
    compared.is_sale,
    compared.is_holiday,
    compared.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from compared
cross join night
inner join shops using (shop)
left join period_coverage
    on
        compared.shop = period_coverage.shop
        and compared.week_start = period_coverage.period_start
left join targets as revenue_target
    on
        compared.shop = revenue_target.shop
        and compared.week_start = revenue_target.period_start
        and revenue_target.metric = 'revenue'
left join targets as roas_target
    on
        compared.shop = roas_target.shop
        and compared.week_start = roas_target.period_start
        and roas_target.metric = 'roas'
where compared.week_start <= night.night
