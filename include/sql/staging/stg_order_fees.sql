/*
grain: one row per fee of an order that a settlement states
partition: day
note: >
  Settlements come in the same files as refunds (raw.refunds). A fee is of one of the kinds of cost that shops declare
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
)

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
        when regexp_matches(name, 'Commission|^ReferralFee|ClosingFee$|^ShippingHB$|^DigitalServicesFee') then 'commission'
        else 'other'
    end as kind,
    name as fee,
    cast(amount as decimal(18, 2)) as amount,
    event = 'sale' as is_of_sale,
    source,
    load_id,
    line
from fees
