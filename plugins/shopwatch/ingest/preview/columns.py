"""What each column of an unknown file could be: its name, its type, or a person's."""

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
"""What stands in a column of its own as it is; the types ``province`` and ``city`` find them in an address."""
OF_BUYERS = ("orders", "order_lines", "refunds")
RESERVED = frozenset({*LINEAGE_COLUMNS, "problem", "problem_value", "problems", "is_data"})


@dataclass(frozen=True)
class Heading:
    """One column of a file: what stands over it, where, and what its cells hold (None: nothing)."""

    title: str
    position: int
    profile: Profile | None

    @property
    def plain(self) -> str:
        return plain(self.title)


@dataclass(frozen=True)
class Guess:
    """One column of the draft. ``todo``: what a person has to look at, empty where there is nothing."""

    name: str
    heading: Heading
    type: str
    is_full: bool
    optional: bool = False
    values: dict[str, str] = field(default_factory=dict)
    todo: str = ""


class Knowledge:
    """What the contracts and the vocabulary say of headers, for a draft that feeds one table."""

    def __init__(self, contracts: dict[str, Contract], words: Vocabulary, table: str) -> None:
        own = {name: contract for name, contract in contracts.items() if contract.table == table}
        self.words, self.table = words, table
        self.own = _columns_by_header(own)
        self.known = _columns_by_header(contracts) | self.own
        self.columns = dict(self.known.values())
        self.stored = table_columns(own).get(table, {})
        self.dropped = {plain(header) for contract in contracts.values() for header in contract.drop}

    def name_of(self, heading: Heading) -> str | None:
        """The standard column that a header means: to the table's own contracts, else in general, else to others."""
        own, other = self.own.get(heading.plain), self.known.get(heading.plain)
        return own[0] if own else self.words.name_of(heading.title) or (other[0] if other else None)

    def type_of(self, heading: Heading) -> str | None:
        """The type that the contracts give what a header means."""
        own, other = self.own.get(heading.plain), self.known.get(heading.plain)
        if own:
            return own[1].type
        name = self.words.name_of(heading.title)
        if name in PLACES:
            return "text"
        column = self.columns.get(name or "") or (other[1] if other else None)
        return column.type if column else None

    def is_buyer(self, heading: Heading) -> bool:
        """Whether the cells tell one buyer from another, and the table has a use for it."""
        return self.table in OF_BUYERS and self._is_account(heading)

    def _is_account(self, heading: Heading) -> bool:
        profile = heading.profile
        is_time = profile is not None and profile.is_recent and not profile.only_digits  # 买家付款时间 is no account
        return (self.words.is_buyer(heading.title) and not is_time) or self.type_of(heading) == "pseudonym"

    def why_personal(self, heading: Heading) -> str:
        """Why what stands under a header may be a person's; empty where nothing speaks for it."""
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
        said = self.words.personal_of(heading.title)
        is_number = profile is not None and "money" in profile.fits and not profile.only_digits
        if (said or heading.plain in self.dropped) and not is_number:
            return f"the header contains {said}" if said else "another export drops it"
        return "values may be names; if they are not, make it a column" if profile and profile.maybe_names else ""

    def fits(self, name: str, kind: str) -> bool:
        """Whether the table can have such a column."""
        is_free = name not in RESERVED and not name.endswith(STEPS)
        return is_free and self.stored.get(name, STORED_AS[kind]) == STORED_AS[kind]


def _columns_by_header(contracts: dict[str, Contract]) -> dict[str, tuple[str, Column]]:
    return {
        plain(header): (name, column)
        for contract in contracts.values()
        for name, column in contract.columns.items()
        if not column.fingerprint  # its headers are of what a report is broken down by, not of what it holds
        for header in column.headers
    }


def guess_column(known: Knowledge, heading: Heading, taken: set[str], rows: int, date_order: str) -> Guess:
    """A column that nothing personal is known of; its name is none of those taken."""
    name, profile = known.name_of(heading), heading.profile
    kind = _type(known, heading, date_order)
    is_known = name is not None and name not in taken and known.fits(name, kind) and _can_be(name, profile)
    todo = "" if heading.plain in known.known else "check that the header means this"
    if name is None or not is_known:
        todo = f"is this {name}? name it, or delete the line" if name else "name it, or delete the line"
        name = snake(heading.title)
        if not name or name in taken or not (known.fits(name, kind) and _can_be(name, profile)):
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
    """Whether the cells may stand in a column of that name: those of a platform's ids take nothing else."""
    return profile is None or name not in PLATFORM_IDS or "platform_id" in profile.fits


def guess_date_order(headings: list[Heading]) -> tuple[str, bool]:
    """The order of day and month by which all dates of the file can be read, and whether it is sure."""
    fits = [set(h.profile.fits) for h in headings if h.profile and "timestamp" not in h.profile.fits]
    odd = [kinds for kinds in fits if kinds & {"day_first", "month_first"} and "day" not in kinds]
    by_day, by_month = (all(order in kinds for kinds in odd) for order in ("day_first", "month_first"))
    if not odd or not (by_day or by_month):
        return "year_first", True
    return "day_first" if by_day else "month_first", not (by_day and by_month)


def _type(known: Knowledge, heading: Heading, date_order: str) -> str:
    """The type that reads every filled cell: the known one, else what the header or the values speak for."""
    profile, usual = heading.profile, known.type_of(heading)
    if usual in PERSONAL:
        return str(usual)
    if profile is None:
        return "text" if usual in (None, "category") else str(usual)
    said = known.words.type_of(heading.title)
    if "id" in (usual, said):
        return "id"
    if usual == "text" or (usual and usual in profile.fits):
        return usual
    if "category" in (usual, said) and profile.few_values and profile.longest <= LONGEST_VALUE:
        return "category"
    if said in ("ratio", "score") and said in profile.fits:
        return said
    return _type_of_values(profile, date_order, is_money=said == "money")


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
