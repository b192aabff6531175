/*
grain: one row per line of an order whose fees settlements state; line is missing in the row of fees that name no paid line
partition: order
note: >
  A fee names a line by its id, else by its SKU; one that names neither, as in bills of 拼多多 and 支付宝, is all lines'. Several
  lines of the order that fit share it by value, else alike. A line
  is settled once the commission on its sale is stated: no declared rate for commission and payment holds for it. Freight
  and return freight are declared unless they are stated, as Amazon states them only of what it sends itself.
columns:
  commission: Commission and closing fees, less what was given back
  payment_fees: Fees for the way of payment
  freight: What Amazon charges for sending
  return_freight: What Amazon charges for returns
  other_costs: Fees of other kinds
  settled: Kinds of cost for which no declared rate holds
*/
with fees as (
    select *
    from staging.stg_order_fees
    semi join changed_orders using (shop, order_id)
),

order_lines as (
    select *
    from intermediate.int_order_lines
    semi join changed_orders using (shop, order_id)
    where coalesce(is_paid, true)
),

named as (
    select
        fees.shop,
        fees.order_id,
        fees.load_id as fee_load_id,
        fees.line as fee_line,
        fees.kind,
        fees.amount,
        fees.is_of_sale,
        order_lines.load_id,
        order_lines.line,
        coalesce(not_below_zero(order_lines.line_gross), 0) as line_gross,
        case
            when fees.line_id = order_lines.line_id then 1
            when fees.sku = order_lines.sku then 2
            else 3
        end as place
    from fees
    left join order_lines
        on
            fees.shop = order_lines.shop
            and fees.order_id = order_lines.order_id
            and (
                fees.line_id = order_lines.line_id
                or fees.sku = order_lines.sku
                or (fees.line_id is null and fees.sku is null)
            )
    qualify place = min(place) over (partition by fees.shop, fees.load_id, fees.line)
),

weighted as (
    select
        *,
        cast(if(sum(line_gross) over alike > 0, line_gross, 1) as double) as weight
    from named
    window alike as (partition by shop, fee_load_id, fee_line)
),

-- Sums up to each line are rounded, not shares, so that they come to the whole.
shared as (
    select
        *,
        cast(amount * sum(weight) over up_to_line / sum(weight) over alike as decimal(18, 2)) as amount_up_to
    from weighted
    window
        alike as (partition by shop, fee_load_id, fee_line),
        up_to_line as (partition by shop, fee_load_id, fee_line order by load_id, line rows unbounded preceding)
),

parted as (
    select
        *,
        amount_up_to - lag(amount_up_to, 1, 0) over (
            partition by shop, fee_load_id, fee_line order by load_id, line
        ) as amount_of_line
    from shared
)

select
    shop,
    order_id,
    load_id,
    line,
    cast(coalesce(sum(amount_of_line) filter (where kind = 'commission'), 0) as decimal(18, 2)) as commission,
    cast(coalesce(sum(amount_of_line) filter (where kind = 'payment'), 0) as decimal(18, 2)) as payment_fees,
    cast(coalesce(sum(amount_of_line) filter (where kind = 'freight'), 0) as decimal(18, 2)) as freight,
    cast(coalesce(sum(amount_of_line) filter (where kind = 'return_freight'), 0) as decimal(18, 2)) as return_freight,
    cast(coalesce(sum(amount_of_line) filter (where kind = 'other'), 0) as decimal(18, 2)) as other_costs,
    list_concat(
        if(bool_or(kind = 'commission' and is_of_sale), ['commission', 'payment'], []),
        if(bool_or(kind = 'freight' and is_of_sale), ['freight'], []),
        if(bool_or(kind = 'return_freight'), ['return_freight'], [])
    ) as settled
from parted
group by shop, order_id, load_id, line
