/*
grain: one row per shop, day and product sold or advertised; product_id is NULL in the row for amounts that belong to no product
partition: day
note: >
  Contribution margin, by the day of the order. Costs come from the cost workbook and the workbook of selling costs, at
  the rates of the day. Of a rate on money, orders, parcels, pieces or returns each product bears its part; rounded are
  sums up to each product, so that the day's products and the row without product come to the rate on the whole day. Of
  orders whose fees a settlement states these count, and no rate. What is unknown is missing, never 0, and `unknown` names
  it. A product has what its order lines state, also where some orders have none; marts.fct_product_profit_day leaves
  these days out.
columns:
  product_id: The product's key (fct_order_line.product_key); missing for postage, orders without lines, and ad spend and
    costs that name no product
  orders_without_lines: Paid orders whose products no export lists, in the row without product
*/
with units as (
    select *
    from intermediate.int_sales_units
    semi join changed_days using (shop, day)
),

prices as (
    select * from marts.dim_product_price
    where unit_cost is not null
),

rates as (
    select * from staging.stg_selling_costs
),

ad_covered_days as (
    select shop, day
    from intermediate.int_covered_days
    semi join changed_days using (shop, day)
    where input = 'ad_day'
),

shops as (
    select * from staging.stg_shops
),

days as (
    select distinct shop, day from units
),

day_rates as (
    select days.day, rates.*
    from days
    inner join rates
        on days.shop = rates.shop and days.day between rates.valid_from and coalesce(rates.valid_until, date '9999-12-31')
),

declared as (
    select
        days.shop,
        days.day,
        coalesce(list(distinct day_rates.kind) filter (where day_rates.kind is not null), []) as kinds,
        list_contains(kinds, 'ads') or bool_or(ad_covered_days.day is not null) as is_ad_spend_known
    from days
    left join day_rates using (shop, day)
    left join ad_covered_days using (shop, day)
    group by days.shop, days.day
),

-- What a settlement states needs no rate, nor does a product that was advertised and not sold.
measured as (
    select
        units.*,
        declared.kinds as declared_kinds,
        declared.is_ad_spend_known,
        if(
            units.revenue = 0 and units.pieces = 0 and units.orders_sent = 0 and coalesce(units.refunded, 0) = 0,
            [],
            list_filter(
                ['commission', 'payment', 'freight', 'return_freight', 'returned_goods', 'tax'],
                lambda kind: not list_contains(list_concat(declared.kinds, units.settled), kind)
            )
        ) as undeclared
    from units
    inner join declared using (shop, day)
),

products as (
    select
        shop,
        day,
        product_key,
        any_value(declared_kinds) as declared,
        any_value(is_ad_spend_known) as is_ad_spend_known,
        list_distinct(flatten(list(undeclared))) as undeclared,
        sum(revenue) as revenue,
        coalesce(sum(revenue) filter (where list_contains(settled, 'commission')), 0) as revenue_settled,
        whole_sum(refunded, revenue) as refunded,
        if(sum(orders_without_lines) > 0, null, whole_sum(pieces, revenue)) as pieces,
        if(sum(orders_without_lines) > 0, null, whole_sum(pieces_returned, revenue)) as pieces_returned,
        whole_sum(orders_returned, revenue) as orders_returned,
        sum(orders_without_lines) as orders_without_lines,
        sum(ad_spend) as ad_spend,
        coalesce(sum(commission), 0) as commission,
        coalesce(sum(payment_fees), 0) as payment_fees,
        coalesce(sum(freight), 0) as freight,
        coalesce(sum(return_freight), 0) as return_freight,
        coalesce(sum(other_costs), 0) as other_costs
    from measured
    group by shop, day, product_key
),

days_with_costs as (
    select distinct days.shop, days.day
    from days
    inner join prices
        on days.shop = prices.shop and days.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
),

costed as (
    select
        products.*,
        if(
            products.product_key is null or (products.pieces = 0 and products.pieces_returned = 0), 0, prices.unit_cost
        ) as piece_cost,
        products.orders_without_lines > 0 and days_with_costs.day is null as is_without_costs,
        cast(products.pieces * piece_cost as decimal(18, 2)) as goods,
        cast(products.pieces_returned * piece_cost as decimal(18, 2)) as goods_back
    from products
    left join days_with_costs using (shop, day)
    left join prices
        on
            products.shop = prices.shop
            and products.product_key = prices.product_id
            and products.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
),

charged as (
    select
        units.shop,
        units.day,
        units.product_key,
        day_rates.kind,
        day_rates.basis,
        day_rates.rate,
        whole_sum(
            case
                when list_contains(units.settled, day_rates.kind) then 0
                when day_rates.basis = 'revenue' then units.revenue
                when day_rates.basis = 'net_revenue' then units.revenue - units.refunded
                when day_rates.basis = 'order' then units.orders_sent
                when day_rates.basis = 'parcel' then units.parcels
                when day_rates.basis = 'piece' then if(units.orders_without_lines > 0, null, units.pieces)
                when day_rates.basis = 'returned_order' then units.orders_returned
                else 0
            end,
            day_rates.rate
        ) as quantity
    from units
    inner join day_rates using (shop, day)
    where day_rates.basis not in ('returned_goods', 'day')
    group by all
    union all
    select
        costed.shop,
        costed.day,
        costed.product_key,
        day_rates.kind,
        day_rates.basis,
        day_rates.rate,
        case
            when day_rates.basis = 'returned_goods' then costed.goods_back
            else if(costed.product_key is null, 1, 0)
        end as quantity
    from costed
    inner join day_rates using (shop, day)
    where day_rates.basis in ('returned_goods', 'day')
),

-- What is unknown for one product is left out of the others' sums.
summed as (
    select
        *,
        cast(rate * sum(cast(coalesce(quantity, 0) as decimal(18, 6))) over up_to_product as decimal(18, 2)) as amount_up_to
    from charged
    window up_to_product as (
        partition by shop, day, kind, basis order by product_key nulls last rows unbounded preceding
    )
),

rated as (
    select
        *,
        if(
            quantity is null,
            null,
            amount_up_to - lag(amount_up_to, 1, 0) over (
                partition by shop, day, kind, basis order by product_key nulls last
            )
        ) as amount
    from summed
),

by_kind as (
    select
        shop,
        day,
        product_key,
        whole_sum(if(kind = 'commission', amount, null), if(kind = 'commission', rate, null)) as commission,
        whole_sum(if(kind = 'payment', amount, null), if(kind = 'payment', rate, null)) as payment_fees,
        whole_sum(if(kind = 'freight', amount, null), if(kind = 'freight', rate, null)) as freight,
        whole_sum(if(kind = 'return_freight', amount, null), if(kind = 'return_freight', rate, null)) as return_freight,
        whole_sum(if(kind = 'returned_goods', amount, null), if(kind = 'returned_goods', rate, null)) as goods_returned,
        whole_sum(if(kind = 'tax', amount, null), if(kind = 'tax', rate, null)) as tax,
        if(bool_or(kind = 'other'), whole_sum(if(kind = 'other', amount, null), if(kind = 'other', rate, null)), 0) as other_costs,
        if(bool_or(kind = 'ads'), whole_sum(if(kind = 'ads', amount, null), if(kind = 'ads', rate, null)), 0) as declared_ads
    from rated
    group by shop, day, product_key
),

put_together as (
    select
        costed.* exclude (commission, payment_fees, freight, return_freight, other_costs),
        cost_of('commission', costed.declared, costed.undeclared, costed.commission, by_kind.commission) as commission,
        cost_of('payment', costed.declared, costed.undeclared, costed.payment_fees, by_kind.payment_fees) as payment_fees,
        cost_of('freight', costed.declared, costed.undeclared, costed.freight, by_kind.freight) as freight,
        cost_of('return_freight', costed.declared, costed.undeclared, costed.return_freight, by_kind.return_freight)
            as return_freight,
        cost_of('returned_goods', costed.declared, costed.undeclared, 0, by_kind.goods_returned) as goods_returned,
        cost_of('tax', costed.declared, costed.undeclared, 0, by_kind.tax) as tax,
        cost_of('other', costed.declared, costed.undeclared, costed.other_costs, by_kind.other_costs) as other_costs,
        if(
            costed.is_ad_spend_known, costed.ad_spend + if(by_kind.shop is null, 0, by_kind.declared_ads), null
        ) as whole_ad_spend
    from costed
    left join by_kind
        on
            costed.shop = by_kind.shop
            and costed.day = by_kind.day
            and costed.product_key is not distinct from by_kind.product_key
),

margins as (
    select
        *,
        revenue - refunded - goods + goods_returned - commission - payment_fees - freight - return_freight - tax - other_costs
            as margin_before_ads,
        list_sort(list_distinct([
            if(
                refunded is null or (orders_returned is null and margin_before_ads - whole_ad_spend is null),
                'order_refunds',
                null
            ),
            if(pieces is null, 'order_products', null),
            if(piece_cost is null or is_without_costs, 'goods_costs', null),
            if(len(undeclared) = 0, null, 'selling_costs'),
            if(is_ad_spend_known, null, 'ad_spend')
        ])) as unknown
    from put_together
)

select
    margins.shop,
    margins.day,
    margins.product_key as product_id,
    cast(margins.orders_without_lines as bigint) as orders_without_lines,
    cast(margins.pieces as bigint) as pieces,
    cast(margins.revenue as decimal(18, 2)) as revenue,
    cast(margins.revenue_settled as decimal(18, 2)) as revenue_settled,
    cast(margins.refunded as decimal(18, 2)) as refunded,
    margins.goods,
    cast(margins.goods_returned as decimal(18, 2)) as goods_returned,
    cast(margins.commission as decimal(18, 2)) as commission,
    cast(margins.payment_fees as decimal(18, 2)) as payment_fees,
    cast(margins.freight as decimal(18, 2)) as freight,
    cast(margins.return_freight as decimal(18, 2)) as return_freight,
    cast(margins.tax as decimal(18, 2)) as tax,
    cast(margins.other_costs as decimal(18, 2)) as other_costs,
    cast(margins.whole_ad_spend as decimal(18, 2)) as ad_spend,
    cast(margins.margin_before_ads as decimal(18, 2)) as margin_before_ads,
    cast(margins.margin_before_ads - margins.whole_ad_spend as decimal(18, 2)) as profit,
    shops.currency,
    margins.unknown
from margins
inner join shops using (shop)
order by day
