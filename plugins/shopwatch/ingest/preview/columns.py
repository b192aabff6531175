"""Column guesses for an unknown file: name, type, or personal data."""

from __future__ import annotations

from dataclasses import dataclass, field

from shopwatch.catalog.contracts import PERSONAL, STEPS, STORED_AS, Column, Contract, table_columns
from shopwatch.ingest.detect import plain
from shopwatch.ingest.preview.vocabulary import Vocabulary, snake
from shopwatch.ingest.profile import Profile
from shopwatch.ingest.type_sql import PLATFORM_IDS
from shopwatch.warehouse.connections import LINEAGE_COLUMNS

LONGEST_VALUE = 30
PLACES = ("region", "province", "city")
"""Names of plain place columns; the types ``province`` and ``city`` extract places from addresses."""
OF_BUYERS = ("orders", "order_lines", "refunds")
RESERVED = frozenset({*LINEAGE_COLUMNS, "problem", "problem_value", "problems", "is_data"})


@dataclass(frozen=True)
class FileColumn:
    """Column of a file: title, position, and profile of its cells (None: all empty)."""

    title: str
    position: int
    profile: Profile | None

    @property
    def plain(self) -> str:
        return plain(self.title)


@dataclass(frozen=True)
class Guess:
    """Column of the draft. ``todo``: point to review; empty if none."""

    name: str
    heading: FileColumn
    type: str
    is_full: bool
    optional: bool = False
    values: dict[str, str] = field(default_factory=dict)
    todo: str = ""


class KnownHeaders:
    """Knowledge of contracts and vocabulary about headers, for a draft that feeds one table."""

    def __init__(self, contracts: dict[str, Contract], words: Vocabulary, table: str) -> None:
        own = {name: contract for name, contract in contracts.items() if contract.table == table}
        self.words, self.table = words, table
        self.own = _columns_by_header(own)
        self.known = _columns_by_header(contracts) | self.own
        self.columns = dict(self.known.values())
        self.stored = table_columns(own).get(table, {})
        self.dropped = {plain(header) for contract in contracts.values() for header in contract.drop}

    def name_of(self, heading: FileColumn) -> str | None:
        """Standard column of a header: by the table's own contracts, else the vocabulary, else other contracts."""
        own, other = self.own.get(heading.plain), self.known.get(heading.plain)
        return own[0] if own else self.words.name_of(heading.title) or (other[0] if other else None)

    def type_of(self, heading: FileColumn) -> str | None:
        """Type of the header's column in the contracts, or None."""
        own, other = self.own.get(heading.plain), self.known.get(heading.plain)
        if own:
            return own[1].type
        name = self.words.name_of(heading.title)
        if name in PLACES:
            return "text"
        column = self.columns.get(name or "") or (other[1] if other else None)
        return column.type if column else None

    def is_buyer(self, heading: FileColumn) -> bool:
        """True if the column identifies buyers and the table uses it."""
        return self.table in OF_BUYERS and self._is_account(heading)

    def _is_account(self, heading: FileColumn) -> bool:
        profile = heading.profile
        is_time = profile is not None and profile.is_recent and not profile.only_digits  # 买家付款时间 is a time
        return (self.words.is_buyer(heading.title) and not is_time) or self.type_of(heading) == "pseudonym"

    def why_personal(self, heading: FileColumn) -> str:
        """Reason to suspect personal data under a header; empty if there is none."""
        profile, kind = heading.profile, self.type_of(heading)
        if self._is_account(heading):
            return "an account"
        if kind and kind not in ("text", "category"):
            return ""
        is_id = self.name_of(heading) is not None and self.words.type_of(heading.title) == "id"
        if profile and profile.shape and not is_id:
            return f"values look like: {profile.shape}"
        if self.name_of(heading):
            return ""
        personal = self.words.personal_of(heading.title)
        is_number = profile is not None and "money" in profile.fits and not profile.only_digits
        if (personal or heading.plain in self.dropped) and not is_number:
            return f"the header contains {personal}" if personal else "another export drops it"
        return "values may be names; if they are not, make it a column" if profile and profile.maybe_names else ""

    def fits(self, name: str, kind: str) -> bool:
        """True if the table can have a column of this name and type."""
        is_free = name not in RESERVED and not name.endswith(STEPS)
        return is_free and self.stored.get(name, STORED_AS[kind]) == STORED_AS[kind]


def _columns_by_header(contracts: dict[str, Contract]) -> dict[str, tuple[str, Column]]:
    return {
        plain(header): (name, column)
        for contract in contracts.values()
        for name, column in contract.columns.items()
        if not (column.fingerprint or column.rewrite)  # their headers name something else: a breakdown, an order number
        for header in column.headers
    }


def guess_column(known: KnownHeaders, heading: FileColumn, used_names: set[str], rows: int, date_order: str) -> Guess:
    """Guess a column without known personal data; its name avoids ``used_names``."""
    name, profile = known.name_of(heading), heading.profile
    kind = _type(known, heading, date_order)
    is_known = name is not None and name not in used_names and known.fits(name, kind) and _can_be(name, profile)
    todo = "" if heading.plain in known.known else "check that the header means this"
    if name is None or not is_known:
        todo = f"is this {name}? name it, or delete the line" if name else "name it, or delete the line"
        name = snake(heading.title)
        if not name or name in used_names or not (known.fits(name, kind) and _can_be(name, profile)):
            name = f"column_{heading.position + 1}"
    if profile is None:
        todo = "; ".join(filter(None, ("empty in this file", todo)))
    elif kind == "id" and "id" not in profile.fits:
        todo = "; ".join(filter(None, ("Excel has destroyed ids here (6.9E+18): export again", todo)))
    values: dict[str, str] = {}
    if kind == "category" and profile:
        column = known.columns.get(name) if is_known else None
        values = dict.fromkeys(profile.few_values, "") | (column.values if column else {})
        values = {value: means or value for value, means in values.items()}
    return Guess(name, heading, kind, profile is not None and profile.filled == rows, not is_known, values, todo)


def _can_be(name: str, profile: Profile | None) -> bool:
    """True if the cells are valid for the name: columns of platform ids accept nothing else."""
    return profile is None or name not in PLATFORM_IDS or "platform_id" in profile.fits


def guess_date_order(headings: list[FileColumn]) -> tuple[str, bool]:
    """Date order that parses all dates of the file, and whether it is certain."""
    fits = [set(h.profile.fits) for h in headings if h.profile and "timestamp" not in h.profile.fits]
    odd = [kinds for kinds in fits if kinds & {"day_first", "month_first"} and "day" not in kinds]
    by_day, by_month = (all(order in kinds for kinds in odd) for order in ("day_first", "month_first"))
    if not odd or not (by_day or by_month):
        return "year_first", True
    return "day_first" if by_day else "month_first", not (by_day and by_month)


def _type(known: KnownHeaders, heading: FileColumn, date_order: str) -> str:
    """Type that parses every filled cell: the known one, else the one suggested by the header or the values."""
    profile, usual = heading.profile, known.type_of(heading)
    if usual in PERSONAL:
        return str(usual)
    if profile is None:
        return "text" if usual in (None, "category") else str(usual)
    suggested = known.words.type_of(heading.title)
    if "id" in (usual, suggested):
        return "id"
    if usual == "text" or (usual and usual in profile.fits):
        return usual
    if "category" in (usual, suggested) and profile.few_values and profile.longest <= LONGEST_VALUE:
        return "category"
    if suggested in ("ratio", "score") and suggested in profile.fits:
        return suggested
    return _type_of_values(profile, date_order, is_money=suggested == "money")


def _type_of_values(profile: Profile, date_order: str, is_money: bool) -> str:
    fits = profile.fits
    if profile.has_percent and "ratio" in fits:
        return "ratio"
    is_date = "money" not in fits or (profile.only_digits and profile.longest in (8, 14))
    if profile.is_recent and is_date and not is_money:
        if profile.has_time and ("timestamp" in fits or date_order in fits):
            return "timestamp"
        if "day" in fits or date_order in fits:
            return "day"
    if "count" in fits and not is_money:
        is_id = profile.has_leading_zero or (profile.only_digits and profile.longest >= 12)
        return "id" if is_id and "id" in fits else "count"
    if "money" in fits and profile.decimals <= 2:
        return "money"
    if "price" in fits and profile.decimals <= 4:
        return "price"
    return next((kind for kind in ("ratio", "seconds") if kind in fits), "text")
