"""A file of which is known what it is and whose: when it was exported, and the id of its load."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from shopwatch.exports.contract import Contract
from shopwatch.exports.inbox import Found
from shopwatch.exports.period import stated_day
from shopwatch.exports.reasons import RejectedError
from shopwatch.exports.recognise import Recognised
from shopwatch.exports.typed_rows import Lineage
from shopwatch.shops import Shop


def shop_of(found: Found, contract: Contract, shops: dict[str, Shop]) -> Shop:
    """Whose the file is, by its folder in the inbox. Raises RejectedError where nobody can tell."""
    name = found.folder
    if name is None:
        name = contract.default_shop or (next(iter(shops)) if len(shops) == 1 else None)
    if name is None:
        raise RejectedError("no_folder", shops=sorted(shops))
    if name not in shops:
        raise RejectedError("unknown_shop", folder=name, shops=sorted(shops))
    return shops[name]


@dataclass(frozen=True)
class Taken:
    """A file of which it is known how to read it and whose it is; ``day``: the one that it states itself.

    ``hashed`` tells its SHA-256, and may have to wait for it.
    """

    found: Found
    hashed: Callable[[], str]
    recognised: Recognised
    shop: Shop
    day: date | None

    @cached_property
    def load_id(self) -> str:
        """The same bytes, shop and contract give the same id on every machine, in any order.

        Where the time of the export or the file's name is the day, the same bytes of another day are another load.
        """
        contract = self.recognised.contract
        content = f"{self.hashed()}|{self.shop.name}|{contract.hash}"
        if contract.day == "version":
            content += f"|{(self.exported_at()[0] - timedelta(hours=contract.day_starts_at)).date()}"
        if self.day:
            content += f"|{self.day}"
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def exported_at(self) -> tuple[datetime, str]:
        return exported_at(self.found, self.recognised.contract, self.shop)

    @property
    def lineage(self) -> Lineage:
        shop = self.shop
        return Lineage(shop.name, self.exported_at()[0], shop.timezone, self.day, shop.currency or None)


def take(found: Found, hashed: Callable[[], str], recognised: Recognised, shop: Shop) -> Taken:
    """A file of a shop. Raises RejectedError where it does not state its day and should, or one after its export."""
    day = stated_day(recognised, found.place_name)
    taken = Taken(found, hashed, recognised, shop, day)
    exported = taken.exported_at()[0]
    if day and day > (exported + timedelta(days=1)).date():
        raise RejectedError("day_ahead", day=day, exported=exported.date())
    return taken


def exported_at(found: Found, contract: Contract, shop: Shop) -> tuple[datetime, str]:
    """When the export was made, in the shop's time, and the rule that told: name, rows or mtime."""
    stated = re.search(contract.version.name, found.path.stem) if contract.version.name else None
    if stated:
        digits = stated.group(1)
        try:
            return datetime.strptime(digits, "%Y%m%d%H%M%S"[: len(digits) - 2]), "name"
        except ValueError:
            pass  # digits that are no time say nothing
    modified = datetime.fromtimestamp(found.modified_ns // 10**9, ZoneInfo(shop.timezone))
    return modified.replace(tzinfo=None), "rows" if contract.version.rows else "mtime"
