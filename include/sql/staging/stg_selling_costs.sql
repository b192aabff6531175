/*
grain: one row per shop, kind of cost, what it is charged on and day from which the rate holds
note: >
  The lines of a kind with the same first day hold together, until the next first day of that kind. A share of returned
  goods that is not charged on their cost means nothing, and is left out; 0 is 0 on any basis.
columns:
  kind: "Kind of cost (commission, payment, freight, return_freight, returned_goods, tax, ads, other)"
  basis: >-
    What it is charged on: revenue, net_revenue (after refunds), order, parcel, piece, returned_order, returned_goods
    (their cost), day, or product_cost where the product's cost already contains it
  rate: Share of the basis, or money for each of its units
*/
with selling_costs as (
    select * from raw.selling_costs
    where (kind = 'returned_goods') = (basis = 'returned_goods') or rate = 0
)

select
    shop,
    kind,
    basis,
    valid_from,
    cast(
        min(valid_from) over (
            partition by shop, kind
            order by valid_from range between interval 1 day following and unbounded following
        ) - 1 as date
    ) as valid_until,
    cast(rate as decimal(18, 6)) as rate,
    source,
    load_id,
    line
from selling_costs
