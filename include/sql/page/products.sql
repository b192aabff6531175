/*
grain: one row a product of the week that matters: an open alert, conversion below target, sales, or change of sales
note: each reason names its first few products, a shop has at most $most in all; products_all is how many sold or were seen
*/
with product_week as (
    select * from review.weekly_product
    where week_start = $week
),

alerts as (
    select shop, entity as product_id, sum(at_stake) as at_stake
    from review.weekly_alerts
    where week_start = $week and entity_type = 'product' and state = 'firing'
    group by shop, entity
),

-- Only what decides who is chosen is carried through the windows.
judged as (
    select
        product_week.shop,
        product_week.product_id,
        product_week.revenue,
        product_week.visitors,
        product_week.pay_conversion,
        product_week.pay_conversion_target,
        alerts.at_stake,
        alerts.product_id is not null as has_alert,
        coalesce(
            product_week.visitors >= $enough_visitors
            and product_week.pay_conversion < product_week.pay_conversion_target,
            false
        ) as is_below_target,
        abs(product_week.revenue - product_week.revenue_last_week) as moved,
        count(*) over (partition by product_week.shop) as products_all
    from product_week
    left join alerts
        on
            product_week.shop = alerts.shop
            and product_week.product_id = alerts.product_id
),

ranked as (
    select
        *,
        row_number() over (partition by shop order by revenue desc nulls last, product_id) as by_revenue,
        row_number() over (partition by shop order by moved desc nulls last, product_id) as by_change,
        row_number() over (
            partition by shop
            order by is_below_target desc, (pay_conversion_target - pay_conversion) * visitors desc nulls last, product_id
        ) as by_target,
        count(*) filter (where is_below_target and not has_alert) over (partition by shop) as below_target_all
    from judged
),

reasoned as (
    select
        *,
        by_revenue <= $each and revenue > 0 as is_top,
        by_change <= $each and moved > 0 as is_mover,
        case
            when has_alert then 0
            when is_below_target then by_target
            else least(by_revenue, by_change)
        end as importance
    from ranked
),

chosen as (
    select * from reasoned
    where has_alert or (is_below_target and by_target <= 2 * $each) or is_top or coalesce(is_mover, false)
    qualify row_number() over (partition by shop order by importance, at_stake desc nulls last, by_revenue) <= $most
),

past as (
    select shop, product_id, list(struct_pack(week_start := week_start, revenue := revenue) order by week_start) as past
    from review.weekly_product
    semi join chosen using (shop, product_id)
    where week_start > cast($week as date) - 7 * $weeks and week_start <= $week
    group by shop, product_id
)

select
    product_week.*,
    chosen.at_stake,
    chosen.has_alert,
    chosen.is_below_target,
    chosen.is_top,
    chosen.is_mover,
    chosen.products_all,
    chosen.below_target_all,
    past.past
from chosen
inner join product_week
    on
        chosen.shop = product_week.shop
        and chosen.product_id = product_week.product_id
inner join past
    on
        chosen.shop = past.shop
        and chosen.product_id = past.product_id
order by
    chosen.shop,
    chosen.has_alert desc,
    chosen.is_below_target desc,
    chosen.at_stake desc nulls last,
    chosen.moved desc nulls last,
    chosen.product_id
