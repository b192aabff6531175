/*
grain: one row per stock-keeping unit and day on which stock was counted, also for 7 days after a complete list left it out
partition: day
note: >
  sales_7_days is the item's paid amount in the 7 days up to the count, from the traffic report, by the
  item number that both carry; missing where they do not meet. An item number with several units shares
  its sales evenly among them.
columns:
  is_absent: Whether the complete list of the day does not hold the unit any more, so that nothing is left of it
*/
with stock as (
    select *
    from intermediate.int_stock_day
    semi join changed_days using (shop, day)
),

product_day as (
    select * from marts.fct_product_day
    where item_number is not null and day >= (select min(day) - 6 from stock)
),

shops as (
    select * from staging.stg_shops
),

sales as (
    select
        stock.shop,
        stock.day,
        stock.sku,
        sum(product_day.pay_amount) as pay_amount,
        sum(product_day.pay_pieces) as pay_pieces
    from stock
    inner join product_day
        on
            stock.shop = product_day.shop
            and stock.item_number = product_day.item_number
            and product_day.day between stock.day - 6 and stock.day
    group by stock.shop, stock.day, stock.sku
),

units as (
    select shop, day, item_number, count(*) as sku_count
    from stock
    group by shop, day, item_number
)

select
    stock.shop,
    stock.day,
    cast(date_trunc('week', stock.day) as date) as week_start,
    stock.sku,
    stock.item_number,
    stock.on_hand,
    stock.available,
    stock.reserved,
    stock.on_order,
    stock.is_absent,
    cast(sales.pay_pieces / units.sku_count as double) as pieces_7_days,
    cast(sales.pay_amount / units.sku_count as decimal(18, 2)) as sales_7_days,
    shops.currency,
    stock.load_id
from stock
inner join shops using (shop)
inner join units
    on
        stock.shop = units.shop
        and stock.day = units.day
        and stock.item_number is not distinct from units.item_number
left join sales
    on
        stock.shop = sales.shop
        and stock.day = sales.day
        and stock.sku = sales.sku
order by day
