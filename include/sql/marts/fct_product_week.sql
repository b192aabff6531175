/*
grain: one row per product and week (Monday to Sunday)
partition: week
note: sums of days; the same visitor on two days counts twice, as platforms give no weekly visitors
columns:
  refunded: Money given back in the week, by the day of the refund, as the traffic report has it; missing where it has none
*/
with product_day as (
    select *
    from marts.fct_product_day
    semi join changed_weeks using (shop, week_start)
)

select
    shop,
    week_start,
    product_id,
    max_by(item_number, day) as item_number,
    cast(sum(visitors) as bigint) as visitors,
    cast(sum(views) as bigint) as views,
    cast(sum(search_impressions) as bigint) as search_impressions,
    cast(sum(search_clicks) as bigint) as search_clicks,
    cast(sum(cart_buyers) as bigint) as cart_buyers,
    cast(sum(order_buyers) as bigint) as order_buyers,
    cast(sum(pay_buyers) as bigint) as pay_buyers,
    cast(sum(pay_pieces) as bigint) as pay_pieces,
    cast(sum(pay_amount) as decimal(18, 2)) as pay_amount,
    cast(sum(refunded) as decimal(18, 2)) as refunded,
    any_value(currency) as currency,
    cast(count(*) as bigint) as days_reported
from product_day
group by shop, week_start, product_id
