"""Amazon's reports of returns, settlements and days, headers verbatim, everything invented."""

from __future__ import annotations

from collections.abc import Iterable

from files import DAY, Row, csv_bytes, headers, table

SETTLEMENT = headers(
    "settlement-id,settlement-start-date,settlement-end-date,deposit-date,total-amount,currency,transaction-type,"
    "order-id,merchant-order-id,adjustment-id,shipment-id,marketplace-name,amount-type,amount-description,amount,"
    "fulfillment-id,posted-date,posted-date-time,order-item-code,merchant-order-item-id,merchant-adjustment-item-id,"
    "sku,quantity-purchased,promotion-id"
)
FLAT_SETTLEMENT = headers(
    "settlement-id,settlement-start-date,settlement-end-date,deposit-date,total-amount,currency,transaction-type,"
    "order-id,merchant-order-id,adjustment-id,shipment-id,marketplace-name,shipment-fee-type,shipment-fee-amount,"
    "order-fee-type,order-fee-amount,fulfillment-id,posted-date,order-item-code,merchant-order-item-id,"
    "merchant-adjustment-item-id,sku,quantity-purchased,price-type,price-amount,item-related-fee-type,"
    "item-related-fee-amount,misc-fee-amount,other-fee-amount,other-fee-reason-description,promotion-id,promotion-type,"
    "promotion-amount,direct-payment-type,direct-payment-amount,other-amount"
)
"""The older Flat File. A settlement without promotions lacks their three columns."""
RETURNS = headers(
    "Order ID,Order date,Return request date,Return request status,Amazon RMA ID,Merchant RMA ID,Label type,Label cost,"
    "Currency code,Return carrier,Tracking ID,Label to be paid by,A-to-Z Claim,Is prime,ASIN,Merchant SKU,Item Name,"
    "Return quantity,Return Reason,In policy,Return type,Resolution,Invoice number,Return delivery date,Order Amount,"
    "Order quantity,SafeT Action reason,SafeT claim id,SafeT claim state,SafeT claim creation time,"
    "SafeT claim reimbursement amount,Refunded Amount,Category,Order Item ID"
)
FBA_RETURNS = headers(
    "return-date,order-id,sku,asin,fnsku,product-name,quantity,fulfillment-center-id,detailed-disposition,reason,status,"
    "license-plate-number,customer-comments"
)
BY_DATE = headers(
    "Date,Ordered Product Sales,Ordered Product Sales - B2B,Units Ordered,Units Ordered - B2B,Total Order Items,"
    "Total Order Items - B2B,Average Sales per Order Item,Average Sales per Order Item - B2B,"
    "Average Units per Order Item,Average Units per Order Item - B2B,Average Selling Price,Average Selling Price - B2B,"
    "Sessions - Total,Sessions - Total - B2B,Order Item Session Percentage,Order Item Session Percentage - B2B,"
    "Average Offer Count"
)


def _tsv(titles: list[str], rows: Iterable[Row]) -> bytes:
    return csv_bytes(table(titles, rows), "utf-8", end="\n", delimiter="\t")


def settled(order: str, kind: str, what: str, amount: str, event: str = "Refund", **cells: str) -> dict[str, str]:
    """One line of a settlement; of a refund where ``event`` does not say otherwise."""
    return {
        "settlement-id": "25829544191",
        "transaction-type": event,
        "order-id": order,
        "adjustment-id": "2582001",
        "amount-type": kind,
        "amount-description": what,
        "amount": amount,
        "posted-date": DAY,
        "posted-date-time": f"{DAY} 10:00:00 UTC",
        "order-item-code": "9001",
        "sku": "M1",
        **{name.replace("_", "-"): cell for name, cell in cells.items()},
    }


def settlement(*lines: Row, **sum_cells: str) -> bytes:
    """A settlement: the line of its sum, then its lines."""
    whole = {"settlement-id": "25829544191", "total-amount": "649.12", "currency": "USD"}
    whole |= {name.replace("_", "-"): cell for name, cell in sum_cells.items()}
    return _tsv(SETTLEMENT, [whole, *lines])


def flat_settlement(*lines: Row, titles: list[str] = FLAT_SETTLEMENT) -> bytes:
    """The same settlement as Flat File (V1): a column for each kind of amount."""
    days = {"settlement-start-date": f"{DAY}T00:00:00+00:00", "settlement-end-date": "2026-11-16T00:00:00+00:00"}
    whole = {"settlement-id": "25829544191", "total-amount": "-62.31", "currency": "USD", **days}
    return _tsv(titles, [whole, *lines])


def flat(kind: str, what: str, amount: str, order: str = "114-1", event: str = "Refund") -> dict[str, str]:
    """One line of the Flat File. ``kind``: price, promotion, item-related-fee, …"""
    cells = {f"{kind}-type": what, f"{kind}-amount": amount, "posted-date": f"{DAY}T10:00:00+00:00"}
    return settled(order, "", "", "", event) | cells


def refund(order: str) -> list[dict[str, str]]:
    """A refund of 21.64: price, tax and shipping, less a promotion; Amazon gives a fee back and withholds the tax."""
    return [
        settled(order, "ItemPrice", "Principal", "-20.00"),
        settled(order, "ItemPrice", "Tax", "-1.65"),
        settled(order, "ItemPrice", "Shipping", "-4.99"),
        settled(order, "Promotion", "Shipping", "5.00"),
        settled(order, "ItemFees", "Commission", "3.00"),
        settled(order, "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", "1.65"),
    ]


def returned(order: str, **cells: str) -> dict[str, str]:
    """A return that the seller approved and refunded."""
    return {
        "Order ID": order,
        "Order date": "28-Oct-2026",
        "Return request date": "02-Nov-2026",
        "Return request status": "Approved",
        "Amazon RMA ID": "DDt8fkJzRRMA",
        "Currency code": "USD",
        "ASIN": "B000000001",
        "Merchant SKU": "M1",
        "Return quantity": "1",
        "Return Reason": "CR-DEFECTIVE",
        "Resolution": "StandardRefund",
        "Order Amount": "21.65",
        "Refunded Amount": "21.64",
        **cells,
    }


def returns(*rows: Row) -> bytes:
    return _tsv(RETURNS, rows)


def back(order: str, **cells: str) -> dict[str, str]:
    """A piece that came back to a warehouse of Amazon."""
    return {
        "return-date": f"{DAY}T18:11:12+00:00",
        "order-id": order,
        "sku": "M1",
        "asin": "B000000001",
        "fnsku": "X000000001",
        "quantity": "1",
        "fulfillment-center-id": "DEL4",
        "detailed-disposition": "CUSTOMER_DAMAGED",
        "reason": "DEFECTIVE",
        "status": "Unit returned to inventory",
        "license-plate-number": "LPN001",
        "customer-comments": "Ada Fern says that it leaks",
        **cells,
    }


def fba_returns(*rows: Row) -> bytes:
    return _tsv(FBA_RETURNS, rows)


def by_date(*days: str, sign: str = "$") -> bytes:
    row = {"Units Ordered": "39", "Total Order Items": "35", "Sessions - Total": "1,514"}
    sales = {"Ordered Product Sales": f"{sign}1,234.50", "Ordered Product Sales - B2B": f"{sign}0.00"}
    return csv_bytes(table(BY_DATE, [{"Date": day, **row, **sales} for day in days], "0"), "utf-8-sig")
