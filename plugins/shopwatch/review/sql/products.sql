/*
grain: one row per product of the week that matters: an open alert, conversion below target, sales, or change of sales
note: each reason lists its first few products, at most $most per shop in total; products_all counts products sold or seen
*/
with product_week as (
    select * from review.weekly_product
    where week_start = $week and shop = coalesce($shop, shop)
),

alerts as (
    select shop, entity as product_id, max(at_stake) as at_stake, min(list_position(['critical', 'warning', 'info'], severity)) as severity
    from review.weekly_alerts
    where week_start = $week and shop = coalesce($shop, shop) and entity_type = 'product' and state = 'firing'
    group by shop, entity
),

judged as (
    select
        product_week.shop,
        product_week.product_id,
        product_week.revenue,
        alerts.at_stake,
        alerts.severity,
        alerts.product_id is not null as has_alert,
        coalesce(
            product_week.is_closed
            and coalesce(product_week.completeness, 1) >= 1
            and product_week.visitors >= $enough_visitors
            and product_week.pay_conversion < product_week.pay_conversion_target,
            false
        ) as is_below_target,
        (product_week.pay_conversion_target - product_week.pay_conversion) * product_week.visitors as buyers_lacking,
        abs(product_week.revenue - product_week.revenue_last_week) as moved
    from product_week
    left join alerts
        on
            product_week.shop = alerts.shop
            and product_week.product_id = alerts.product_id
),

totals as (
    select
        shop,
        count(*) as products_all,
        count(*) filter (where is_below_target and not has_alert) as below_target_all
    from judged
    group by shop
),

-- With one key to sort by, DuckDB keeps the first few of a shop instead of sorting all of it: a tenth of the time.
named as (
    select shop, product_id, 'alert' as reason, 0 as place
    from judged
    where has_alert
    union all
    (
        select shop, product_id, 'top' as reason, row_number() over (partition by shop order by row(-revenue, product_id)) as place
        from judged
        where revenue > 0
        qualify place <= $each
    )
    union all
    (
        select shop, product_id, 'mover' as reason, row_number() over (partition by shop order by row(-moved, product_id)) as place
        from judged
        where moved > 0
        qualify place <= $each
    )
    union all
    (
        select
            shop,
            product_id,
            'target' as reason,
            row_number() over (partition by shop order by row(-buyers_lacking, product_id)) as place
        from judged
        where is_below_target
        qualify place <= 2 * $each
    )
),

reasons as (
    select
        shop,
        product_id,
        bool_or(reason = 'top') as is_top,
        bool_or(reason = 'mover') as is_mover,
        min(place) as importance
    from named
    group by shop, product_id
),

chosen as (
    select judged.*, reasons.* exclude (shop, product_id), totals.* exclude (shop)
    from reasons
    inner join judged using (shop, product_id)
    inner join totals using (shop)
    qualify
        row_number() over (
            partition by judged.shop
            order by
                reasons.importance,
                judged.severity nulls last,
                judged.at_stake desc nulls last,
                judged.revenue desc nulls last,
                judged.product_id
        ) <= $most
),

past as (
    select shop, product_id, list(struct_pack(week_start := week_start, revenue := revenue) order by week_start) as past
    from review.weekly_product
    semi join chosen using (shop, product_id)
    where
        week_start > cast($week as date) - 7 * $weeks
        and week_start <= $week
        and shop = coalesce($shop, shop)
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
    chosen.severity nulls last,
    chosen.is_below_target desc,
    chosen.at_stake desc nulls last,
    chosen.moved desc nulls last,
    chosen.product_id
