/*
grain: >
  one row per shop, day, product sold or advertised, and costs that a settlement states; product_key is NULL in the rows
  for amounts that belong to no product
partition: day
note: >
  What the costs of selling are charged on. Money and pieces of a product are those of its paid order lines in the shop's
  currency. An order is shared by its paid lines: the order and its parcels by pieces, a return by what was given back.
  What the lines leave over belongs to no product: postage, and orders without lines. Tax that comes on top of prices is
  passed on, so it is neither revenue nor refund. An order given back in full on a day whose orders have shipping times,
  and without one of its own, was never sent. Fees that a settlement states of the order's lines are theirs; those that
  name none of its paid lines belong to no product, and settle the whole order.
columns:
  settled: Kinds of cost that a settlement states, so that no declared rate holds for them
  product_key: The product id, else the name that the line gives its product; missing for what belongs to no product
  revenue: Money paid, without added tax
  refunded: Money given back of it; missing while it is unknown for one order
  pieces: Pieces sold; missing while it is unknown for one line
  pieces_returned: >-
    Pieces that came back, as the share of their money that was given back; of a cancellation that is booked as an order
    of its own, its pieces
  orders_sent: Paid orders that were sent or wait for it
  parcels: Parcels of these orders; one where no parcel list names the order
  orders_returned: Orders of these with a refund
  orders_without_lines: Paid orders whose products no export lists
  ad_spend: Spend of the reports that name products; in the row without product what is left of the ad accounts' spend
  commission: Commission that a settlement states
  payment_fees: Payment fees that a settlement states
  freight: Freight that a settlement states
  return_freight: Freight of returns that a settlement states
  other_costs: Other fees that a settlement states
*/
with orders as (
    select *
    from marts.fct_order
    semi join changed_days using (shop, day)
),

order_lines as (
    select *
    from marts.fct_order_line
    semi join changed_days using (shop, day)
    where is_paid
),

order_extras as (
    select *
    from intermediate.int_order_extras
    semi join changed_orders using (shop, order_id)
),

order_parcels as (
    select shop, order_id, count(distinct waybill) as parcels
    from marts.fct_parcel
    semi join changed_orders using (shop, order_id)
    group by shop, order_id
),

line_fees as (
    select *
    from intermediate.int_line_fees
    semi join changed_orders using (shop, order_id)
),

fees_beyond_lines as (
    select * from line_fees
    where line is null
),

shop_days as (
    select *
    from marts.fct_shop_day
    semi join changed_days using (shop, day)
    where revenue is not null
),

ad_product_days as (
    select *
    from marts.fct_ad_product_day
    semi join shop_days using (shop, day)
),

ad_days as (
    select *
    from marts.fct_ad_day
    semi join shop_days using (shop, day)
),

shops as (
    select * from staging.stg_shops
),

known as (
    select
        orders.shop,
        orders.day,
        orders.order_id,
        orders.status,
        orders.is_paid,
        coalesce(
            least(order_extras.added_tax, not_below_zero(orders.paid_gross - orders.subtotal - order_extras.postage)), 0
        ) as tax,
        cast(orders.paid_gross - tax as decimal(18, 2)) as revenue,
        cast(
            orders.refunded * if(orders.paid_gross > 0, 1 - cast(tax as double) / orders.paid_gross, 1) as decimal(18, 2)
        ) as refunded,
        orders.is_paid
        and orders.refunded >= orders.paid_gross
        and orders.shipped_at is null
        and order_parcels.parcels is null
        and bool_or(orders.shipped_at is not null) over one_day as is_never_sent,
        if(orders.is_paid and not coalesce(is_never_sent, false), 1, 0) as orders_sent,
        orders_sent * coalesce(order_parcels.parcels, 1) as parcels,
        case
            when orders.refunded is not null then if(orders.refunded > 0 and not coalesce(is_never_sent, false), 1, 0)
        end as orders_returned
    from orders
    semi join shops using (shop, currency)
    left join order_extras using (shop, order_id)
    left join order_parcels using (shop, order_id)
    window one_day as (partition by orders.shop, orders.day)
),

shared as (
    select
        order_lines.shop,
        order_lines.day,
        order_lines.order_id,
        order_lines.product_key,
        order_lines.revenue,
        cast(
            order_lines.refunded * coalesce(
                least(1, cast(known.refunded as double) / nullif(sum(order_lines.refunded) over one_order, 0)), 1
            ) as decimal(18, 2)
        ) as refunded_goods,
        if(known.status = 'refund', 0, order_lines.quantity) as pieces,
        case
            when known.status = 'refund' then -order_lines.quantity
            when order_lines.revenue > 0
                then order_lines.quantity * cast(refunded_goods as double) / order_lines.revenue
            else 0
        end as pieces_returned,
        coalesce(
            abs(order_lines.quantity) / nullif(cast(sum(abs(order_lines.quantity)) over one_order as double), 0),
            cast(1 as double) / count(*) over one_order
        ) as share,
        coalesce(
            cast(order_lines.refunded as double) / nullif(sum(order_lines.refunded) over one_order, 0), share
        ) as return_share,
        share * known.orders_sent as orders_sent,
        share * known.parcels as parcels,
        return_share * known.orders_returned as orders_returned,
        coalesce(line_fees.commission, 0) as commission,
        coalesce(line_fees.payment_fees, 0) as payment_fees,
        coalesce(line_fees.freight, 0) as freight,
        coalesce(line_fees.return_freight, 0) as return_freight,
        coalesce(line_fees.other_costs, 0) as other_costs,
        list_sort(list_distinct(list_concat(line_fees.settled, fees_beyond_lines.settled))) as settled
    from order_lines
    inner join known using (shop, day, order_id)
    left join line_fees using (shop, order_id, load_id, line)
    left join fees_beyond_lines
        on order_lines.shop = fees_beyond_lines.shop and order_lines.order_id = fees_beyond_lines.order_id
    window one_order as (partition by order_lines.shop, order_lines.order_id)
),

of_lines as (
    select
        shop,
        order_id,
        sum(revenue) as revenue,
        whole_sum(refunded_goods, revenue) as refunded,
        flatten(list(settled)) as settled
    from shared
    group by shop, order_id
),

beyond_lines as (
    select
        known.shop,
        known.day,
        known.revenue - coalesce(of_lines.revenue, 0) as revenue,
        known.refunded - if(of_lines.order_id is null, 0, of_lines.refunded) as refunded,
        if(of_lines.order_id is null, known.orders_sent, 0) as orders_sent,
        if(of_lines.order_id is null, known.parcels, 0) as parcels,
        if(of_lines.order_id is null, known.orders_returned, 0) as orders_returned,
        if(of_lines.order_id is null and known.is_paid, 1, 0) as orders_without_lines,
        coalesce(fees.commission, 0) as commission,
        coalesce(fees.payment_fees, 0) as payment_fees,
        coalesce(fees.freight, 0) as freight,
        coalesce(fees.return_freight, 0) as return_freight,
        coalesce(fees.other_costs, 0) as other_costs,
        list_sort(list_distinct(list_concat(of_lines.settled, fees.settled))) as settled
    from known
    left join of_lines using (shop, order_id)
    left join fees_beyond_lines as fees using (shop, order_id)
),

ad_spend as (
    select shop, day, product_id as product_key, coalesce(spend, 0) as ad_spend from ad_product_days
    union all
    select shop, day, null, -coalesce(spend, 0) from ad_product_days
    union all
    select shop, day, null, coalesce(spend, 0) from ad_days
),

parts as (
    select
        shop, day, product_key, settled, revenue, refunded_goods as refunded, pieces, pieces_returned, orders_sent, parcels,
        orders_returned, 0 as orders_without_lines, 0 as ad_spend, commission, payment_fees, freight, return_freight, other_costs
    from shared
    union all
    select
        shop, day, null, settled, revenue, refunded, 0, 0, orders_sent, parcels, orders_returned, orders_without_lines, 0,
        commission, payment_fees, freight, return_freight, other_costs
    from beyond_lines
    union all
    select shop, day, product_key, [], 0, 0, 0, 0, 0, 0, 0, 0, ad_spend, 0, 0, 0, 0, 0
    from ad_spend
    union all
    select shop, day, null, [], 0, if(refunded is null, null, 0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from shop_days
)

select
    shop,
    day,
    product_key,
    settled,
    cast(sum(revenue) as decimal(18, 2)) as revenue,
    cast(whole_sum(refunded, revenue) as decimal(18, 2)) as refunded,
    cast(whole_sum(pieces, revenue) as bigint) as pieces,
    cast(whole_sum(pieces_returned, revenue) as decimal(18, 6)) as pieces_returned,
    cast(sum(orders_sent) as decimal(18, 6)) as orders_sent,
    cast(sum(parcels) as decimal(18, 6)) as parcels,
    cast(whole_sum(orders_returned, revenue) as decimal(18, 6)) as orders_returned,
    cast(sum(orders_without_lines) as bigint) as orders_without_lines,
    cast(sum(ad_spend) as decimal(18, 2)) as ad_spend,
    cast(sum(commission) as decimal(18, 2)) as commission,
    cast(sum(payment_fees) as decimal(18, 2)) as payment_fees,
    cast(sum(freight) as decimal(18, 2)) as freight,
    cast(sum(return_freight) as decimal(18, 2)) as return_freight,
    cast(sum(other_costs) as decimal(18, 2)) as other_costs
from parts
group by shop, day, product_key, settled
order by day
