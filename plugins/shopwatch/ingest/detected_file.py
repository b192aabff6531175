"""Detected file: contract, shop, export time and load id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.shops import Shop
from shopwatch.core.reasons import RejectedError
from shopwatch.ingest.detect import Detection
from shopwatch.ingest.file_days import stated_day
from shopwatch.ingest.inbox import InboxFile
from shopwatch.ingest.typed_rows import DecimalMark, Lineage


def shop_of(found: InboxFile, contract: Contract, shops: dict[str, Shop]) -> Shop:
    """Shop of a file, by its inbox folder. Raises RejectedError if it cannot be determined."""
    name = found.folder
    if name is None:
        name = contract.default_shop or (next(iter(shops)) if len(shops) == 1 else None)
    if name is None:
        raise RejectedError("no_folder", shops=sorted(shops))
    if name not in shops:
        raise RejectedError("unknown_shop", folder=name, shops=sorted(shops))
    return shops[name]


@dataclass(frozen=True)
class DetectedFile:
    """File with its contract and shop. ``day``: the day that the file itself states.

    ``date_order``, ``proven_mark``: order of its dates and decimal mark of its numbers, if they were inferred.

    ``hashed`` returns its SHA-256 and may block until it is computed.
    """

    found: InboxFile
    hashed: Callable[[], str]
    detection: Detection
    shop: Shop
    day: date | None
    date_order: str | None = None
    proven_mark: DecimalMark | None = None

    @cached_property
    def load_id(self) -> str:
        """Load id: equal for equal bytes, shop and contract, on every machine and in any order.

        If the day comes from the export time or the file's name, it is part of the id: the same bytes of another day
        are another load. So are the same bytes of a list of events without any: they cover another day.
        """
        contract = self.detection.contract
        content = f"{self.hashed()}|{self.shop.name}|{contract.hash}"
        if contract.day == "version":
            content += f"|{(self.exported_at()[0] - timedelta(hours=contract.day_starts_at)).date()}"
        if self.day:
            content += f"|{self.day}"
        if contract.covers_span and self.detection.is_empty:
            content += f"|{self.exported_at()[0].date()}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def exported_at(self) -> tuple[datetime, str]:
        return exported_at(self.found, self.detection.contract, self.shop)

    @property
    def lineage(self) -> Lineage:
        shop, order = self.shop, self.shop.date_order or self.date_order
        currency = shop.currency or None
        return Lineage(shop.name, self.exported_at()[0], shop.timezone, self.day, currency, order, self.proven_mark)


def detect_file(found: InboxFile, hashed: Callable[[], str], detection: Detection, shop: Shop) -> DetectedFile:
    """Build the detected file. Raises RejectedError if a required day is not stated, or lies after the export."""
    day = stated_day(detection, found.place_name)
    detected = DetectedFile(found, hashed, detection, shop, day)
    exported = detected.exported_at()[0]
    if day and day > (exported + timedelta(days=1)).date():
        raise RejectedError("day_ahead", day=day, exported=exported.date())
    return detected


def exported_at(found: InboxFile, contract: Contract, shop: Shop) -> tuple[datetime, str]:
    """Export time in the shop's time zone, and its source: name, rows or mtime."""
    stated = re.search(contract.version.name, found.path.stem) if contract.version.name else None
    if stated:
        digits = stated.group(1)
        try:
            return datetime.strptime(digits, "%Y%m%d%H%M%S"[: len(digits) - 2]), "name"
        except ValueError:
            pass  # digits that are no valid time are ignored
    modified = datetime.fromtimestamp(found.modified_ns // 10**9, ZoneInfo(shop.timezone))
    return modified.replace(tzinfo=None), "rows" if contract.version.rows else "mtime"
