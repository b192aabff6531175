-- Versions of each order (or order line) with incoming rows: one row per unit and load.
-- progress: how far the order has come, compared from the left: refunded amount, whether a refund was carried out,
-- whether it was paid, its stage, and whether shipping time, amount and pieces are present. A closed order counts as
-- paid if it has a payment time or after-sales, an unpaid one never (an authorization, a deposit). If the export never
-- has payment times ($has_paid_at), closing is a step forward.
create or replace temp table versions as
with shape as (
    select
        cast(null as varchar) as status,
        cast(null as varchar) as refund_status,
        cast(null as timestamp) as paid_at,
        cast(null as timestamp) as shipped_at,
        cast(null as decimal(18, 2)) as refunded,
        cast(null as decimal(18, 2)) as order_refunded,
        cast(null as decimal(18, 2)) as line_refunded,
        cast(null as decimal(18, 2)) as paid,
        cast(null as decimal(18, 2)) as order_paid,
        cast(null as decimal(18, 2)) as line_paid,
        cast(null as decimal(18, 2)) as line_amount,
        cast(null as bigint) as quantity
    limit 0
),

units as (
    select distinct source, shop, unit
    from incoming_rows as incoming
),

kept as (
    select *
    from kept_rows
    semi join units using (source, shop, unit)
),

apart as (
    select *
    from apart_rows
    semi join units using (source, shop, unit)
),

found as (
    select * from shape
    union all by name
    select * from incoming_rows
    union all by name
    select * from kept
    union all by name
    select * from apart
),

staged as (
    select
        *,
        least(
            list_position(['unpaid', 'paid', 'shipped', 'delivered', 'completed', 'closed', 'refunded'], status), 6
        ) as stage
    from found
),

counted as (
    select
        source,
        shop,
        unit,
        load_id,
        max(version) as version,
        coalesce(max(order_refunded), 0) + coalesce(sum(line_refunded), 0) + coalesce(sum(refunded), 0) as refunded,
        bool_or(coalesce(refund_status = 'refunded', false)) as is_refunded,
        bool_or(
            coalesce(status, 'paid') != 'unpaid'
            and (
                paid_at is not null
                or coalesce(stage > 1 and status != 'closed', false)
                or (coalesce(status = 'closed', false) and not $has_paid_at)
                or coalesce(status = 'closed' and refund_status != 'none', false)
            )
        ) as is_paid,
        coalesce(max(stage), 0) as stage,
        count(shipped_at) > 0 as is_shipped,
        bool_or(coalesce(coalesce(paid, order_paid, line_paid, line_amount) != 0, false)) as has_amount,
        bool_or(coalesce(quantity != 0, false)) as has_quantity
    from staged
    group by source, shop, unit, load_id
)

select
    counted.source,
    counted.shop,
    counted.unit,
    counted.load_id,
    counted.version,
    loads.version_rule = 'name'
    or (loads.version_rule = 'rows' and counted.version != loads.exported_at) as is_stated,
    cast(
        [
            counted.refunded,
            cast(counted.is_refunded as integer),
            cast(counted.is_paid as integer),
            counted.stage,
            cast(counted.is_shipped as integer),
            cast(counted.has_amount as integer),
            cast(counted.has_quantity as integer)
        ] as decimal(18, 2) []
    ) as progress
from counted
inner join loads using (load_id)
