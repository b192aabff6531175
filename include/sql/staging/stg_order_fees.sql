/*
grain: one row per fee of an order that a settlement or bill states
partition: day
note: >
  Amazon's settlements come in the same files as refunds (raw.refunds), the bills of other platforms in raw.order_fees: 抖店
  with a column for each fee, 拼多多 and 支付宝 with a row for each. A fee is of one of the kinds of cost that shops declare
  (stg_selling_costs). Commission and payment fees, other than freight, are charged on every sale that is settled.
columns:
  day: The day on which the fee was posted
  kind: Kind of cost (commission, payment, freight, return_freight, other)
  fee: The fee's name in the settlement
  amount: What it costs the shop; negative where it is given back
  is_of_sale: Whether the settlement states it of the sale; else of a refund
*/
with fees as (
    select *, coalesce(refunds.fee, refunds.kind) as name
    from raw.refunds
    semi join changed_days using (shop, day)
    where refunds.amount_type = 'fee' or refunds.fee is not null
),

bills as (
    select *
    from raw.order_fees
    semi join changed_days using (shop, day)
),

settlement_fees as (
    select
        shop,
        day,
        order_id,
        line_id,
        sku,
        case
            when regexp_matches(name, 'Return') then 'return_freight'
            when regexp_matches(name, '^FBA|^(Shipping|Gift[Ww]rap)Chargeback$') then 'freight'
            when regexp_matches(name, '^(COD|Payment)') then 'payment'
            when regexp_matches(name, 'Commission|^ReferralFee|ClosingFee$|^ShippingHB$|^DigitalServicesFee')
                then 'commission'
            else 'other'
        end as kind,
        name as fee,
        cast(amount as decimal(18, 2)) as amount,
        event = 'sale' as is_of_sale,
        source,
        load_id,
        line
    from fees
),

-- A row of 抖店 states several fees, or gives some back: those of its columns, and what is left of its amount.
columns_of_bills as (
    select
        bills.*,
        unnest([
            struct_pack(kind := 'commission', fee := '平台服务费', cost := platform_fee),
            struct_pack(kind := 'commission', fee := '佣金', cost := influencer_fee),
            struct_pack(kind := 'commission', fee := '招商服务费', cost := recruiting_fee),
            struct_pack(kind := 'other', fee := '站外推广费', cost := promotion_fee),
            struct_pack(
                kind := 'commission',
                fee := '退分账',
                cost := if(
                    contains(scene, '退分账'),
                    if(direction = 'out', abs(amount), -abs(amount))
                    - platform_fee - influencer_fee - coalesce(recruiting_fee, 0) - coalesce(promotion_fee, 0),
                    null
                )
            )
        ]) as stated
    from bills
    where platform_fee is not null
),

rows_of_bills as (
    select
        *,
        struct_pack(
            kind := case
                when regexp_matches(scene, '^天猫佣金|^基础软件服务费|^(基础)?技术服务费') then 'commission'
                when regexp_matches(scene, '花呗|支付服务费|先用后付') then 'payment'
                else 'other'
            end,
            fee := scene,
            cost := abs(spent) - abs(income)
        ) as stated
    from bills
    where platform_fee is null
),

all_bills as (
    select * from columns_of_bills
    union all by name
    select * from rows_of_bills
),

bill_fees as (
    select
        shop,
        day,
        order_id,
        line_id,
        stated.kind,
        stated.fee,
        cast(stated.cost as decimal(18, 2)) as amount,
        stated.cost > 0 as is_of_sale,
        source,
        load_id,
        line
    from all_bills
    where stated.cost != 0
),

all_fees as (
    select * from settlement_fees
    union all by name
    select * from bill_fees
)

select
    shop,
    day,
    order_id,
    line_id,
    sku,
    kind,
    fee,
    amount,
    is_of_sale,
    source,
    load_id,
    line
from all_fees
