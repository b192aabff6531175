/*
grain: one row per shop, week, week compared with, dimension and driver
partition: onward
note: >
  What drove the change of a shop's revenue between complete weeks (review.weekly_change). The rows of one dimension add up to revenue_moved
  to the cent. factor: visitors, conversion, value per order (review.weekly_factor has the formula). product, campaign,
  channel, region: the five with the greatest effect, the others in one row (other), and revenue that no report of the
  dimension contains (unattributed); only where both weeks have the report. What the report of a week does not list
  brought nothing. Campaigns and channels have the money that the platform attributes to them by its own rule.
columns:
  versus: What the week is compared with (last_week, last_year)
  compared_week: Monday of the week that it is compared with
  dimension: What the change is taken apart by (factor, product, campaign, channel, region)
  driver_kind: "What the row is (driver is one factor or thing, other all further ones, unattributed the rest)"
  driver: "Id of the thing, or the factor (visitors, conversion, orders, value_per_order); missing where it is many"
  driver_name: Newest known name of the thing
  rank: Place within the dimension, the greatest effect first; factors in the order of the formula, the rest last
  value: The factor, or the revenue that the thing brought in the week
  value_compared: The same in the week compared with
  effect: Money that it added to the week's revenue, or took from it
  share_of_change: effect as a share of revenue_moved; missing where revenue did not move
  revenue_moved: The shop's revenue minus that of the week compared with
*/
with changes as (
    select * from review.weekly_change
    where coalesce(len(missing_days), 0) = 0 and week_start >= first_week()
),

factors as (
    select * from review.weekly_factor
    where week_start >= first_week()
),

product_week as (
    select * from review.weekly_product
    where week_start >= first_week() - 441
),

campaign_week as (
    select * from review.weekly_ad_campaign
    where week_start >= first_week() - 441
),

channel_day as (
    select * from marts.fct_channel_day
    where day >= first_week() - 441
),

orders as (
    select * from marts.fct_order
    where is_paid and day >= first_week() - 441
),

shops as (
    select * from marts.dim_shop
),

entities as (
    select * from marts.dim_entity
),

-- Every way to take the revenue apart, in one shape.
parts as (
    select shop, week_start, 'product' as dimension, product_id as driver, revenue as amount
    from product_week
    union all
    select shop, week_start, 'campaign' as dimension, campaign_id as driver, ad_revenue as amount
    from campaign_week
    union all
    select shop, week_start, 'channel' as dimension, channel as driver, pay_amount as amount
    from channel_day
    union all
    select
        orders.shop,
        cast(date_trunc('week', orders.day) as date) as week_start,
        'region' as dimension,
        coalesce(orders.province, orders.country) as driver,
        orders.paid_gross as amount
    from orders
    inner join shops
        on
            orders.shop = shops.shop
            and orders.currency = shops.currency
),

driver_weeks as (
    select
        shop,
        week_start,
        dimension,
        driver,
        cast(sum(amount) as decimal(18, 2)) as amount
    from parts
    where driver is not null and amount is not null
    group by shop, week_start, dimension, driver
),

-- What a week's report does not list sold nothing, while a week without the report is unknown.
both_weeks as (
    select
        changes.shop,
        changes.week_start,
        changes.versus,
        changes.compared_week,
        reported.dimension
    from changes
    inner join (select distinct shop, week_start, dimension from driver_weeks) as reported using (shop, week_start)
    semi join driver_weeks as reported_before
        on
            changes.shop = reported_before.shop
            and changes.compared_week = reported_before.week_start
            and reported.dimension = reported_before.dimension
),

amounts as (
    select
        both_weeks.shop,
        both_weeks.week_start,
        both_weeks.versus,
        driver_weeks.dimension,
        driver_weeks.driver,
        driver_weeks.amount,
        cast(0 as decimal(18, 2)) as amount_compared
    from both_weeks
    inner join driver_weeks using (shop, week_start, dimension)
    union all
    select
        both_weeks.shop,
        both_weeks.week_start,
        both_weeks.versus,
        driver_weeks.dimension,
        driver_weeks.driver,
        cast(0 as decimal(18, 2)) as amount,
        driver_weeks.amount as amount_compared
    from both_weeks
    inner join driver_weeks
        on
            both_weeks.shop = driver_weeks.shop
            and both_weeks.compared_week = driver_weeks.week_start
            and both_weeks.dimension = driver_weeks.dimension
),

contributions as (
    select
        shop,
        week_start,
        versus,
        dimension,
        driver,
        cast(sum(amount) as decimal(18, 2)) as amount,
        cast(sum(amount_compared) as decimal(18, 2)) as amount_compared
    from amounts
    group by shop, week_start, versus, dimension, driver
),

ranked as (
    select
        *,
        row_number() over (
            partition by shop, week_start, versus, dimension
            order by abs(amount - amount_compared) desc, driver
        ) as rank
    from contributions
),

grouped as (
    select
        shop,
        week_start,
        versus,
        dimension,
        if(rank <= 5, 'driver', 'other') as driver_kind,
        if(rank <= 5, driver, null) as driver,
        cast(least(rank, 6) as bigint) as rank,
        cast(sum(amount) as decimal(18, 2)) as amount,
        cast(sum(amount_compared) as decimal(18, 2)) as amount_compared
    from ranked
    group by all
),

unattributed as (
    select
        changes.shop,
        changes.week_start,
        changes.versus,
        grouped.dimension,
        cast(changes.revenue - sum(grouped.amount) as decimal(18, 2)) as amount,
        cast(changes.revenue_compared - sum(grouped.amount_compared) as decimal(18, 2)) as amount_compared
    from changes
    inner join grouped using (shop, week_start, versus)
    group by changes.shop, changes.week_start, changes.versus, changes.revenue, changes.revenue_compared, grouped.dimension
),

drivers as (
    select
        shop,
        week_start,
        versus,
        'factor' as dimension,
        'driver' as driver_kind,
        factor as driver,
        cast(rank as bigint) as rank,
        value,
        value_compared,
        effect
    from factors
    union all
    select
        shop,
        week_start,
        versus,
        dimension,
        driver_kind,
        driver,
        rank,
        cast(amount as double) as value,
        cast(amount_compared as double) as value_compared,
        amount - amount_compared as effect
    from grouped
    union all
    select
        shop,
        week_start,
        versus,
        dimension,
        'unattributed' as driver_kind,
        null as driver,
        7 as rank,
        cast(amount as double) as value,
        cast(amount_compared as double) as value_compared,
        amount - amount_compared as effect
    from unattributed
    where amount != 0 or amount_compared != 0
)

select
    drivers.shop,
    drivers.week_start,
    changes.week_end,
    drivers.versus,
    changes.compared_week,
    drivers.dimension,
    drivers.driver_kind,
    drivers.driver,
    coalesce(entities.name, drivers.driver) as driver_name,
    drivers.rank,
    drivers.value,
    drivers.value_compared,
    cast(drivers.effect as decimal(18, 2)) as effect,
    cast(drivers.effect as double) / nullif(cast(changes.revenue_moved as double), 0) as share_of_change,
    changes.revenue_moved,
    changes.currency,
    changes.is_closed,
    changes.as_of
from drivers
inner join changes using (shop, week_start, versus)
left join entities
    on
        drivers.shop = entities.shop
        and drivers.dimension = entities.entity_type
        and drivers.driver = entities.entity
