/*
grain: one row per shop, day and product sold or advertised; product_id is missing in the row of what no product has
partition: day
note: >
  Contribution margin, by the day of the order. Costs come from the cost workbook and the workbook of selling costs, at
  the rates of the day. Of a rate on money, orders, parcels, pieces or returns each product bears its part; rounded are
  sums up to each product, so that the day's products and the row without product come to the rate on the whole day. What
  is unknown is missing, never 0, and `unknown` names it.
columns:
  product_id: The product's key (fct_order_line.product_key); missing for postage, orders without lines, and ad spend and
    costs that name no product
  revenue: Money paid, without added tax, before refunds
  ad_spend: Spend that ad reports name for the product, and declared ad spend; missing where neither is known
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

known as (
    select
        days.shop,
        days.day,
        len(list_intersect(
            coalesce(list(distinct day_rates.kind) filter (where day_rates.kind is not null), []),
            ['commission', 'payment', 'freight', 'return_freight', 'returned_goods', 'tax']
        )) = 6 as is_rated,
        coalesce(bool_or(day_rates.kind = 'ads'), false)
        or bool_or(ad_covered_days.day is not null) as is_ad_spend_known
    from days
    left join day_rates using (shop, day)
    left join ad_covered_days using (shop, day)
    group by days.shop, days.day
),

costed as (
    select
        units.*,
        if(units.pieces = 0 and units.pieces_returned = 0, 0, prices.unit_cost) as piece_cost,
        if(units.orders_without_lines > 0, null, cast(units.pieces * piece_cost as decimal(18, 2))) as goods,
        cast(units.pieces_returned * piece_cost as decimal(18, 2)) as goods_back
    from units
    left join prices
        on
            units.shop = prices.shop
            and units.product_key = prices.product_id
            and units.day between prices.valid_from and coalesce(prices.valid_until, date '9999-12-31')
),

charged as (
    select
        costed.shop,
        costed.day,
        costed.product_key,
        day_rates.kind,
        day_rates.basis,
        day_rates.rate,
        case day_rates.basis
            when 'revenue' then costed.revenue
            when 'net_revenue' then costed.revenue - costed.refunded
            when 'order' then costed.orders_sent
            when 'parcel' then costed.parcels
            when 'piece' then costed.pieces
            when 'returned_order' then costed.orders_returned
            when 'returned_goods' then costed.goods_back
            when 'day' then if(costed.product_key is null, 1, 0)
            else 0
        end as quantity
    from costed
    inner join day_rates using (shop, day)
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
        costed.*,
        by_kind.commission,
        by_kind.payment_fees,
        by_kind.freight,
        by_kind.return_freight,
        by_kind.goods_returned,
        by_kind.tax,
        by_kind.other_costs,
        if(
            known.is_ad_spend_known, costed.ad_spend + if(by_kind.shop is null, 0, by_kind.declared_ads), null
        ) as whole_ad_spend,
        if(
            known.is_rated,
            costed.revenue - costed.refunded - costed.goods + by_kind.goods_returned - by_kind.commission
            - by_kind.payment_fees - by_kind.freight - by_kind.return_freight - by_kind.tax - by_kind.other_costs,
            null
        ) as margin_before_ads,
        list_sort(list_distinct([
            if(
                costed.refunded is null
                or (costed.orders_returned is null and margin_before_ads - whole_ad_spend is null),
                'order_refunds',
                null
            ),
            if(costed.orders_without_lines > 0 or costed.pieces is null, 'order_products', null),
            if(costed.piece_cost is null, 'goods_costs', null),
            if(known.is_rated, null, 'selling_costs'),
            if(known.is_ad_spend_known, null, 'ad_spend')
        ])) as unknown
    from costed
    inner join known using (shop, day)
    left join by_kind
        on
            costed.shop = by_kind.shop
            and costed.day = by_kind.day
            and costed.product_key is not distinct from by_kind.product_key
)

select
    put_together.shop,
    put_together.day,
    cast(date_trunc('week', put_together.day) as date) as week_start,
    put_together.product_key as product_id,
    put_together.pieces,
    put_together.revenue,
    put_together.refunded,
    put_together.goods,
    cast(put_together.goods_returned as decimal(18, 2)) as goods_returned,
    cast(put_together.commission as decimal(18, 2)) as commission,
    cast(put_together.payment_fees as decimal(18, 2)) as payment_fees,
    cast(put_together.freight as decimal(18, 2)) as freight,
    cast(put_together.return_freight as decimal(18, 2)) as return_freight,
    cast(put_together.tax as decimal(18, 2)) as tax,
    cast(put_together.other_costs as decimal(18, 2)) as other_costs,
    cast(put_together.whole_ad_spend as decimal(18, 2)) as ad_spend,
    cast(put_together.margin_before_ads as decimal(18, 2)) as margin_before_ads,
    cast(put_together.margin_before_ads - put_together.whole_ad_spend as decimal(18, 2)) as profit,
    shops.currency,
    put_together.unknown
from put_together
inner join shops using (shop)
