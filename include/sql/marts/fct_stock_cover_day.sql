/*
grain: one row per stock-keeping unit and day on which stock was counted
note: >
  What the stock of the day is to be measured against: the pieces of open orders, and sales of the 28 days up to the
  count. Open are pieces paid by the day and not shipped by its end, as order lines with a unit tell them now; an order
  that is known to be shipped, though not when, is not open. Sales are the traffic report's, by the item number that
  both carry; an item with several units shares them evenly. A day counts as one in stock if the newest count up to it
  shows something available, or if something was sold on it; days without a traffic report do not count. A product
  that is not in the report of a day sold nothing on it.
columns:
  open_pieces: Pieces paid for by the day and not shipped by its end; 0 where the shop's order lines name no such unit, missing where no order line of the shop names units
  days_in_stock: Days in stock of the 28 up to the count that have a traffic report
  pieces_28_days: Pieces sold on those days
  sales_28_days: Paid amount of the unit on those days
  unit_cost: What one piece costs on the day; missing where no workbook says it
*/
with stock as (
    select * from marts.fct_stock_day
),

product_day as (
    select * from marts.fct_product_day
),

order_lines as (
    select * from marts.fct_order_line
    where sku is not null and is_paid
),

orders as (
    select shop, order_id, status, shipped_at from marts.fct_order
),

prices as (
    select * from marts.dim_product_price
),

open_lines as (
    select
        order_lines.shop,
        order_lines.sku,
        order_lines.quantity,
        cast(coalesce(order_lines.paid_at, order_lines.ordered_at) as date) as from_day,
        case
            when orders.shipped_at is not null then cast(orders.shipped_at as date) - 1
            when orders.status = 'paid' then date '9999-12-31'
        end as to_day
    from order_lines
    inner join orders using (shop, order_id)
),

telling_shops as (
    select distinct shop from open_lines
),

open_orders as (
    select stock.shop, stock.sku, stock.day, sum(open_lines.quantity) as open_pieces
    from stock
    inner join open_lines
        on
            stock.shop = open_lines.shop
            and stock.sku = open_lines.sku
            and stock.day between open_lines.from_day and open_lines.to_day
    group by stock.shop, stock.sku, stock.day
),

counts as (
    select
        shop,
        sku,
        item_number,
        day,
        available,
        count(*) over (partition by shop, day, item_number) as sku_count,
        coalesce(lead(day) over one_unit - 1, day) as last_day
    from stock
    where item_number is not null
    window one_unit as (partition by shop, sku order by day)
),

days as (
    select * exclude (day, last_day), cast(unnest(generate_series(day, last_day, interval 1 day)) as date) as day
    from counts
),

reported_days as (
    select distinct shop, day from product_day
),

item_day as (
    select
        shop,
        day,
        item_number,
        sum(pay_pieces) as pay_pieces,
        sum(pay_amount) as pay_amount,
        any_value(product_id order by product_id) as product_id
    from product_day
    where item_number is not null
    group by shop, day, item_number
),

sales as (
    select
        days.shop,
        days.sku,
        days.day,
        item_day.product_id,
        days.available > 0 or coalesce(item_day.pay_pieces, 0) > 0 as is_in_stock,
        coalesce(item_day.pay_pieces, 0) / days.sku_count as pieces,
        coalesce(item_day.pay_amount, 0) / days.sku_count as amount
    from days
    semi join reported_days using (shop, day)
    left join item_day using (shop, day, item_number)
),

windows as (
    select
        shop,
        sku,
        day,
        last_value(product_id ignore nulls) over (partition by shop, sku order by day) as product_id,
        count(*) filter (where is_in_stock) over last_28 as days_in_stock,
        sum(pieces) filter (where is_in_stock) over last_28 as pieces_28_days,
        sum(amount) filter (where is_in_stock) over last_28 as sales_28_days
    from sales
    window last_28 as (
        partition by shop, sku order by day
        range between interval 27 day preceding and current row
    )
)

select
    stock.shop,
    stock.day,
    stock.sku,
    stock.item_number,
    stock.on_hand,
    stock.available,
    cast(if(telling_shops.shop is null, null, coalesce(open_orders.open_pieces, 0)) as bigint) as open_pieces,
    cast(windows.days_in_stock as bigint) as days_in_stock,
    cast(round(windows.pieces_28_days, 4) as double) as pieces_28_days,
    cast(windows.sales_28_days as decimal(18, 2)) as sales_28_days,
    prices.unit_cost,
    stock.currency
from stock
left join telling_shops using (shop)
left join open_orders using (shop, sku, day)
left join windows using (shop, sku, day)
left join prices
    on
        stock.shop = prices.shop
        and windows.product_id = prices.product_id
        and stock.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
