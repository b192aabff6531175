/*
grain: one row per shop, product and week
partition: onward
note: >
  Revenue is the traffic report's paid amount, else the sum of the product's order lines where the report has no such
  product. Lines without a product id count only in weeks without a traffic report: it has their product under its id.
columns:
  refunded: >-
    Money given back: by the day of the refund where the traffic report states it, else by the day of the order, for its order
    lines; missing while no export reports it
*/
with product_week as (
    select * from marts.fct_product_week
    where week_start >= first_week() - 7
),

all_sales as (
    select * from marts.fct_product_sales_week
    where week_start >= first_week() - 7
),

reported_weeks as (
    select distinct shop, week_start from product_week
),

kpi as (
    select * from kpi.fct_kpi
    where
        metric = 'pay_conversion' and entity_type = 'product' and grain = 'week' and period_start >= first_week() - 7
),

period_coverage as (
    select * from kpi.period_coverage
    where grain = 'week' and metric in ('pay_conversion', 'revenue')
),

targets as (
    select * from staging.stg_targets
    where metric = 'pay_conversion' and grain = 'week'
),

entities as (
    select * from marts.dim_entity
    where entity_type = 'product'
),

night as (
    select night from meta.night
),

sales_week as (
    select all_sales.*
    from all_sales
    left join reported_weeks using (shop, week_start)
    where all_sales.has_product_id or reported_weeks.shop is null
),

measured as (
    select
        coalesce(product_week.shop, sales_week.shop) as shop,
        coalesce(product_week.product_id, sales_week.product_id) as product_id,
        coalesce(product_week.week_start, sales_week.week_start) as week_start,
        coalesce(product_week.currency, sales_week.currency) as currency,
        product_week.visitors,
        product_week.cart_buyers,
        product_week.pay_buyers,
        coalesce(product_week.pay_pieces, sales_week.quantity) as pieces,
        coalesce(product_week.pay_amount, sales_week.revenue) as revenue,
        coalesce(product_week.refunded, sales_week.refunded) as refunded,
        kpi.value as pay_conversion,
        if(product_week.shop is null, 'revenue', 'pay_conversion') as covered_by
    from product_week
    full join sales_week
        on
            product_week.shop = sales_week.shop
            and product_week.product_id = sales_week.product_id
            and product_week.week_start = sales_week.week_start
    left join kpi
        on
            product_week.shop = kpi.shop
            and product_week.product_id = kpi.entity
            and product_week.week_start = kpi.period_start
)

select
    this_week.shop,
    this_week.product_id,
    entities.name as product_name,
    entities.item_number,
    this_week.week_start,
    cast(this_week.week_start + 6 as date) as week_end,
    this_week.currency,
    this_week.visitors,
    last_week.visitors as visitors_last_week,
    change(this_week.visitors, last_week.visitors) as visitors_change,
    this_week.cart_buyers,
    this_week.pay_buyers,
    this_week.pieces,
    this_week.revenue,
    last_week.revenue as revenue_last_week,
    change(this_week.revenue, last_week.revenue) as revenue_change,
    this_week.refunded,
    this_week.pay_conversion,
    last_week.pay_conversion as pay_conversion_last_week,
    change(this_week.pay_conversion, last_week.pay_conversion) as pay_conversion_change,
    targets.target as pay_conversion_target,
    cast(period_coverage.days_covered as double) / period_coverage.days_expected as completeness,
    this_week.week_start + 6 <= night.night as is_closed,
    night.night as as_of
from measured as this_week
cross join night
left join measured as last_week
    on
        this_week.shop = last_week.shop
        and this_week.product_id = last_week.product_id
        and this_week.week_start = last_week.week_start + 7
left join entities
    on
        this_week.shop = entities.shop
        and this_week.product_id = entities.entity
left join period_coverage
    on
        this_week.shop = period_coverage.shop
        and this_week.week_start = period_coverage.period_start
        and this_week.covered_by = period_coverage.metric
left join targets
    on
        this_week.shop = targets.shop
        and this_week.week_start = targets.period_start
where this_week.week_start <= night.night
