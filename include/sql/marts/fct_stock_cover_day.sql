/*
grain: one row per stock-keeping unit and day on which stock was counted
partition: onward
resets: [intermediate.int_unit_shops]
note: >
  What the stock of the day is to be measured against: the pieces of open orders, and sales of the 28 days up to the
  count. Open are pieces paid by the day and not shipped by its end, as order lines with a unit now show; an order
  that is known to be shipped, though not when, is not open. Where other shops sell from the same stock (stock_of in
  shops.yaml), their open orders and sales count as well; a day on which one of those with traffic reports lacks its own does
  not count. Sales are the traffic report's, by the item number that
  both carry; an item with several units shares them evenly. A day counts as one in stock if the newest count up to it
  shows something available, or if something was sold on it; days without a traffic report do not count. A product
  that is not in the report of a day sold nothing on it. A unit's cost is that of the product which last carried its item
  number.
columns:
  open_pieces: Pieces paid for by the day and not shipped by its end; 0 where no order line names such a unit, missing where no order line of a shop of the warehouse names units
  days_in_stock: Days in stock of the 28 up to the count that have a traffic report
  pieces_28_days: Pieces sold on those days
  deviation: Standard deviation of the pieces sold a day, over those days; missing for fewer than two
  restock_days: Days from ordering new stock of the product to its arrival; missing where no workbook states it
  sales_28_days: Paid amount of the unit on those days
  unit_cost: What one piece costs on the day; missing where no workbook states it, and on days without a traffic report
*/
with stock as (
    select *
    from marts.fct_stock_day
    semi join changed_onward using (shop, day)
),

firsts as (
    select shop, cast(min(day) - 27 as date) as first_day
    from changed_onward
    group by shop
),

-- The newest count before the 28 days holds until the next one.
newest_counts as (
    select fct_stock_day.shop, fct_stock_day.sku, max(fct_stock_day.day) as day
    from marts.fct_stock_day
    inner join firsts using (shop)
    where fct_stock_day.item_number is not null and fct_stock_day.day <= firsts.first_day
    group by fct_stock_day.shop, fct_stock_day.sku
),

needed_days as (
    select shop, day from newest_counts
    union
    select fct_stock_day.shop, fct_stock_day.day
    from marts.fct_stock_day
    inner join firsts using (shop)
    where fct_stock_day.day > firsts.first_day
),

recent_stock as (
    select *, count(*) over (partition by shop, day, item_number) as sku_count
    from marts.fct_stock_day
    semi join needed_days using (shop, day)
    where item_number is not null
),

product_day as not materialized (
    select * from marts.fct_product_day
    where item_number is not null
),

-- The shops that a warehouse supplies: the one that gets its lists, and those that name it.
supplied as (
    select shop as seller, coalesce(stock_of, shop) as shop from staging.stg_shops
),

first_reports as (
    select supplied.shop, supplied.seller, min(fct_product_day.day) as first_day
    from marts.fct_product_day
    inner join supplied on fct_product_day.shop = supplied.seller
    group by supplied.shop, supplied.seller
),

reports_a_day as (
    select distinct supplied.shop, supplied.seller, fct_product_day.day
    from marts.fct_product_day
    inner join supplied on fct_product_day.shop = supplied.seller
    inner join firsts on supplied.shop = firsts.shop
    where fct_product_day.day >= firsts.first_day
),

reported_days as (
    select reports_a_day.shop, reports_a_day.day
    from reports_a_day
    inner join first_reports
        on
            reports_a_day.shop = first_reports.shop
            and reports_a_day.day >= first_reports.first_day
    group by reports_a_day.shop, reports_a_day.day
    having count(distinct reports_a_day.seller) = count(distinct first_reports.seller)
),

order_lines as (
    select fct_order_line.*, supplied.shop as holder
    from marts.fct_order_line
    inner join supplied on fct_order_line.shop = supplied.seller
    where fct_order_line.sku is not null and fct_order_line.is_paid
),

orders as (
    select fct_order.shop, fct_order.order_id, fct_order.status, fct_order.shipped_at
    from marts.fct_order
    inner join supplied on fct_order.shop = supplied.seller
    inner join firsts on supplied.shop = firsts.shop
    where coalesce(cast(fct_order.shipped_at as date) - 28 >= firsts.first_day, fct_order.status = 'paid')
),

unit_shops as (
    select shop from intermediate.int_unit_shops
),

prices as (
    select * from marts.dim_product_price
),

open_lines as (
    select
        order_lines.holder as shop,
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
        recent_stock.shop,
        recent_stock.sku,
        recent_stock.item_number,
        recent_stock.day,
        recent_stock.available,
        recent_stock.sku_count,
        coalesce(lead(recent_stock.day) over one_unit - 1, recent_stock.day) as last_day,
        firsts.first_day
    from recent_stock
    inner join firsts using (shop)
    left join newest_counts
        on
            recent_stock.shop = newest_counts.shop
            and recent_stock.sku = newest_counts.sku
    where recent_stock.day >= coalesce(newest_counts.day, firsts.first_day)
    window one_unit as (partition by recent_stock.shop, recent_stock.sku order by recent_stock.day)
),

days as (
    select
        * exclude (day, last_day, first_day),
        cast(unnest(generate_series(greatest(day, first_day), last_day, interval 1 day)) as date) as day
    from counts
),

item_day as (
    select
        supplied.shop,
        product_day.day,
        product_day.item_number,
        sum(product_day.pay_pieces) as pay_pieces,
        sum(product_day.pay_amount) as pay_amount
    from product_day
    inner join supplied on product_day.shop = supplied.seller
    inner join firsts on supplied.shop = firsts.shop
    where product_day.day >= firsts.first_day
    group by supplied.shop, product_day.day, product_day.item_number
),

sales as (
    select
        days.shop,
        days.sku,
        days.day,
        days.available > 0 or coalesce(item_day.pay_pieces, 0) > 0 as is_in_stock,
        cast(coalesce(item_day.pay_pieces, 0) / days.sku_count as decimal(18, 6)) as pieces,
        cast(coalesce(item_day.pay_amount, 0) / days.sku_count as decimal(18, 6)) as amount
    from days
    semi join reported_days using (shop, day)
    left join item_day using (shop, day, item_number)
),

windows as (
    select
        shop,
        sku,
        day,
        count(*) filter (where is_in_stock) over last_28 as days_in_stock,
        sum(pieces) filter (where is_in_stock) over last_28 as pieces_28_days,
        sum(cast(pieces * pieces as decimal(38, 6))) filter (where is_in_stock) over last_28 as squares_28_days,
        sum(amount) filter (where is_in_stock) over last_28 as sales_28_days
    from sales
    window last_28 as (
        partition by shop, sku order by day
        range between interval 27 day preceding and current row
    )
),

last_reports as (
    select product_day.shop, product_day.item_number, max(product_day.day) as day
    from product_day
    inner join firsts using (shop)
    where product_day.day < firsts.first_day
    group by product_day.shop, product_day.item_number
),

reports as (
    select product_day.shop, product_day.item_number, product_day.day, product_day.product_id
    from product_day
    inner join firsts using (shop)
    where product_day.day >= firsts.first_day
    union all
    select product_day.shop, product_day.item_number, product_day.day, product_day.product_id
    from product_day
    semi join last_reports using (shop, item_number, day)
),

-- Spans of days in which one product is the last that carried an item number.
carrying as (
    select shop, item_number, day, min(product_id) as product_id
    from reports
    group by shop, item_number, day
),

changes as (
    select *
    from carrying
    qualify lag(product_id) over (partition by shop, item_number order by day) is distinct from product_id
),

item_products as (
    select
        shop,
        item_number,
        product_id,
        day as from_day,
        lead(day, 1, date '9999-12-31') over (partition by shop, item_number order by day) as until_day
    from changes
)

select
    stock.shop,
    stock.day,
    stock.sku,
    stock.item_number,
    stock.on_hand,
    stock.available,
    stock.on_order,
    cast(if(unit_shops.shop is null, null, coalesce(open_orders.open_pieces, 0)) as bigint) as open_pieces,
    cast(windows.days_in_stock as bigint) as days_in_stock,
    cast(round(windows.pieces_28_days, 4) as double) as pieces_28_days,
    cast(round(sqrt(not_below_zero(
        cast(windows.squares_28_days as double) - cast(windows.pieces_28_days as double) ** 2 / windows.days_in_stock
    ) / nullif(windows.days_in_stock - 1, 0)), 4) as double) as deviation,
    cast(windows.sales_28_days as decimal(18, 2)) as sales_28_days,
    if(windows.day is null, null, prices.unit_cost) as unit_cost,
    if(windows.day is null, null, prices.restock_days) as restock_days,
    stock.currency
from stock
left join unit_shops using (shop)
left join open_orders using (shop, sku, day)
left join windows using (shop, sku, day)
left join item_products
    on
        stock.shop = item_products.shop
        and stock.item_number = item_products.item_number
        and stock.day >= item_products.from_day
        and stock.day < item_products.until_day
left join prices
    on
        stock.shop = prices.shop
        and item_products.product_id = prices.product_id
        and stock.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
order by day
