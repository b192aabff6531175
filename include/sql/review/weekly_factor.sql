/*
grain: one row per shop, week, week compared with and factor of its revenue
note: >
  Revenue = visitors x conversion (paid orders / visitors) x value per order. Its change is taken apart by the additive
  logarithmic mean Divisia index (LMDI-I; B. W. Ang, Energy Policy 32, 2004): a factor's effect is
  L(revenue, revenue before) x ln(factor / factor before), where L(a, b) = (a - b) / (ln a - ln b). The effects add up
  to the change to the cent; value_per_order takes what rounding leaves. Where one of the weeks has no order the number
  of orders explains the whole change, the limit of the index. Where visitors are not known (review.weekly_change states
  why) the factors are orders and value per order. Only between complete weeks.
columns:
  versus: What the week is compared with (last_week, last_year)
  factor: The factor (visitors, conversion, orders, value_per_order)
  rank: Place in the formula
  value: The factor in the week
  value_compared: The factor in the week compared with
  effect: Money that it added to the week's revenue, or took from it
*/
with changes as (
    select
        *,
        visitors is not null as has_traffic,
        least(orders_paid, orders_paid_compared) = 0 as has_no_orders,
        log_mean(revenue, revenue_compared) as weight
    from review.weekly_change
    where coalesce(len(missing_days), 0) = 0
),

-- The factor that orders stand for: orders a visitor, or orders.
counted as (
    select
        *,
        if(has_traffic, cast(orders_paid as double) / visitors, cast(orders_paid as double)) as ordering,
        if(has_traffic, cast(orders_paid_compared as double) / visitors_compared, cast(orders_paid_compared as double))
            as ordering_compared
    from changes
),

weighed as (
    select
        *,
        cast(round(case
            when not has_traffic or has_no_orders or weight is null then 0
            else weight * ln(cast(visitors as double) / visitors_compared)
        end, 2) as decimal(18, 2)) as visitors_effect,
        cast(round(case
            when has_no_orders then revenue_moved
            when weight is null then 0
            else weight * ln(ordering / ordering_compared)
        end, 2) as decimal(18, 2)) as ordering_effect
    from counted
),

factors as (
    select
        shop,
        week_start,
        versus,
        'visitors' as factor,
        1 as rank,
        cast(visitors as double) as value,
        cast(visitors_compared as double) as value_compared,
        visitors_effect as effect
    from weighed
    where has_traffic
    union all
    select
        shop,
        week_start,
        versus,
        if(has_traffic, 'conversion', 'orders') as factor,
        2 as rank,
        ordering as value,
        ordering_compared as value_compared,
        ordering_effect as effect
    from weighed
    union all
    select
        shop,
        week_start,
        versus,
        'value_per_order' as factor,
        3 as rank,
        value_per_order as value,
        value_per_order_compared as value_compared,
        revenue_moved - visitors_effect - ordering_effect as effect
    from weighed
)

select
    shop,
    week_start,
    versus,
    factor,
    rank,
    value,
    value_compared,
    cast(effect as decimal(18, 2)) as effect
from factors
