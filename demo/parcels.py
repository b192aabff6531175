"""包裹跟踪表: parcel states as checked by the warehouse, one list per check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from demo.history import Trade
from demo.orderlist import REGIONS
from demo.story import DAYS, LAST_WEEK, LATE_PARCELS, STUCK_PARCELS, week_of
from demo.trade import Order
from demo.workbooks import Cell

CARRIERS = {"顺丰": "DEMOSF", "中通": "DEMOZT"}
FIRST_SHIPPED = DAYS[-21]
SCAN_EVERY = timedelta(hours=9)
LATE = timedelta(days=7, hours=6)
LOOK = time(23, 58)
OWN_COLUMNS = ("收件人", "联系电话", "收货地址")


@dataclass(frozen=True)
class Parcel:
    """Parcel of an order; ``picked_up`` None: never scanned by the carrier."""

    order: Order
    carrier: str
    shipped: datetime
    picked_up: datetime | None
    signed: datetime | None

    def newest_scan(self, moment: datetime) -> datetime | None:
        """Carrier's last scan up to ``moment``: every nine hours from pick-up to delivery."""
        if self.picked_up is None or self.picked_up > moment:
            return None
        end = moment if self.signed is None else min(moment, self.signed)
        if end == self.signed:
            return end
        return self.picked_up + (end - self.picked_up) // SCAN_EVERY * SCAN_EVERY

    def state(self, moment: datetime) -> str:
        """包裹状态 at ``moment``."""
        if self.signed is not None and self.signed <= moment:
            return "已签收"
        return "待揽收" if self.newest_scan(moment) is None else "运输中"


def parcels_of(trade: Trade) -> list[Parcel]:
    """One parcel per order shipped in the last three weeks, by shipping time."""
    late = {(case.carrier, case.week): case.count for case in LATE_PARCELS}
    stuck = {(case.carrier, case.day): case.count for case in STUCK_PARCELS}
    shipped = sorted((order.shipped, order.number, order) for order in trade.orders if order.shipped is not None)
    found = []
    for moment, _, order in shipped:
        if moment.date() < FIRST_SHIPPED:
            continue
        rng = Random(f"shopwatch demo parcel {order.number}")
        carrier = list(CARRIERS)[int(rng.random() * 2)]
        picked_up: datetime | None = moment + timedelta(seconds=int(3600 * (2 + 5 * rng.random())))
        signed: datetime | None = moment + timedelta(seconds=int(3600 * (30 + 70 * rng.random())))
        if stuck.get((carrier, moment.date()), 0):
            stuck[carrier, moment.date()] -= 1
            picked_up = signed = None
        elif late.get((carrier, week_of(moment.date())), 0):
            late[carrier, week_of(moment.date())] -= 1
            signed = moment + LATE
        found.append(Parcel(order, carrier, moment, picked_up, signed))
    return found


def looks(trade: Trade) -> Iterator[tuple[datetime, list[Mapping[str, Cell]]]]:
    """Checks of parcels that are new, or were undelivered at the previous check; weekly, then daily."""
    parcels = parcels_of(trade)
    before = datetime.combine(FIRST_SHIPPED, time())
    for last in (DAYS[-15], DAYS[-8], *LAST_WEEK):
        moment = datetime.combine(last, LOOK)
        chosen = [
            parcel
            for parcel in parcels
            if parcel.shipped <= moment and (parcel.signed is None or parcel.signed > before)
        ]
        yield moment, [_row(parcel, moment) for parcel in chosen]
        before = moment


def _row(parcel: Parcel, moment: datetime) -> dict[str, Cell]:
    order = parcel.order
    region = REGIONS[order.buyer % len(REGIONS)]
    row: dict[str, Cell | None] = {
        "order_id": order.number,
        "waybill": f"{CARRIERS[parcel.carrier]}{order.number[-9:]}",
        "carrier": parcel.carrier,
        "province": region.partition(" ")[0],
        "shipped_at": parcel.shipped,
        "picked_up_at": _known(parcel.picked_up, moment),
        "last_trace_at": parcel.newest_scan(moment),
        "signed_at": _known(parcel.signed, moment),
        "parcel_state": parcel.state(moment),
        "checked_at": moment,
        "收件人": f"演示收货人{order.buyer:04d}",
        "联系电话": f"130{order.buyer:08d}",
        "收货地址": f"{region} 演示区 演示路{order.buyer}号",
    }
    return {name: cell for name, cell in row.items() if cell is not None}


def _known(event: datetime | None, moment: datetime) -> datetime | None:
    return event if event is not None and event <= moment else None
