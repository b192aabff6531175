"""A contract drafted from a file that nobody knows, for a person to mend: guesses, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import duckdb
from sqlglot import exp

from shopwatch.exports.contract import STORED_AS, Column, Contract, Title, Version, table_columns
from shopwatch.exports.look import Profile, any_personal, looked_into, profiles
from shopwatch.exports.recognise import Recognised, RejectedError, first_lines, plain, recognise
from shopwatch.exports.vocabulary import Vocabulary, load_vocabulary, snake, speaks_of
from shopwatch.settings import Settings
from shopwatch.warehouse import LINEAGE_COLUMNS, sql_text

VALUE = re.compile(r"[-+¥￥$£€]?[\d.,，:/%~\- T]+(元|%)?")
LONGEST_HEADER = 60
LONGEST_VALUE = 30
MOST_KEY_COLUMNS = 8
UPSERTS = ("orders", "order_lines", "refunds")
RESERVED = frozenset({*LINEAGE_COLUMNS, "problem", "problem_value"})
STATED_TIME = r"(\d{14}|\d{12})\D*$"


@dataclass(frozen=True)
class Guess:
    """One column of the draft. ``todo``: what a person has to look at, empty where there is nothing."""

    name: str
    header: str
    type: str
    position: int
    is_full: bool
    optional: bool = False
    values: dict[str, str] = field(default_factory=dict)
    todo: str = ""


@dataclass
class Guesses:
    """All that a draft says. ``drop``: header -> why; ``unread``: columns that no contract can name, and why."""

    file: str
    line: int
    rows: int
    table: str
    known: int
    columns: list[Guess] = field(default_factory=list)
    drop: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    skip: dict[str, list[str]] = field(default_factory=dict)
    recognise: list[str] = field(default_factory=list)
    day: list[str] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    unique: list[tuple[str, ...]] = field(default_factory=list)
    states_time: bool = False

    @property
    def mode(self) -> str:
        """A report whose key is not unique in the file would fail its checks as a snapshot."""
        is_unique = any(set(unique) <= set(self.key) for unique in self.unique)
        return "snapshot" if self.table not in UPSERTS and is_unique else "upsert"


def guess(settings: Settings, contracts: dict[str, Contract], path: Path) -> Guesses:
    """What a contract for the file could say.

    Raises RejectedError for a file that a contract reads already, that has no row of headers, or that
    cannot be read at all.
    """
    try:
        known = recognise(path, contracts)
    except RejectedError:
        known = None
    if known:
        raise RejectedError(f"{known.contract.export} reads this file already: see `shopwatch inspect`")
    words = load_vocabulary(settings.include)
    found = _find_headers(path, words, {header for c in contracts.values() for header in _known_headers(c)})
    with looked_into(settings, found) as (con, _):
        nobody_knows = not any(words.knows(header) for header in found.headers)
        if any_personal(con, list(found.headers), names=nobody_knows):
            raise RejectedError(
                f"line {found.header_line} looks most like headers, but a person's data seems to stand in it: "
                "a file needs a row of headers"
            )
        totals = con.execute(sql_text(settings, "look/totals"), {"totals": words.totals_pattern}).fetchall()
        skip: dict[str, list[str]] = {}
        for position, cell in totals:
            if found.headers[position] and found.headers.index(found.headers[position]) == position:
                skip.setdefault(found.headers[position], []).append(cell)
                is_total = exp.func("trimmed", exp.column(f"c{position}")).eq(exp.Literal.string(cell))
                con.execute(exp.delete("lines").where(is_total).sql("duckdb"))
        rows = con.table("temp.lines").shape[0]
        guesses = _Guesser(contracts, words, found, profiles(con, settings), rows).guesses()
        guesses.skip = skip
        guesses.unique = list(_unique(con, guesses))
    _choose_key(guesses)
    guesses.recognise = _choose_headers(guesses, contracts)
    guesses.states_time = re.search(STATED_TIME, path.stem) is not None
    return guesses


def _known_headers(contract: Contract) -> set[str]:
    return {plain(header) for column in contract.columns.values() for header in column.headers}


def _find_headers(path: Path, words: Vocabulary, known: set[str]) -> Recognised:
    """The line of the first 30 that looks most like headers, as a file that a contract of ids would read."""
    container, tops = first_lines(path)
    best: tuple[float, str, int, list[tuple[int, list[str]]]] | None = None
    for delimiter, records in tops:
        for index, (_, cells) in enumerate(records):
            after = [len(others) for _, others in records[index + 1 :] if any(others)]
            steady = after.count(len(cells)) / len(after) if after else 0.5
            score = _likeness(cells, words, known) * steady
            if score > (best[0] if best else 0):
                best = (score, delimiter, index, records)
    if best is None:
        raise RejectedError("no line of the first 30 looks like headers: a file needs a row of two headers or more")
    _, delimiter, index, records = best
    line, cells = records[index]
    headers = tuple(plain(cell) for cell in cells)
    named = list(dict.fromkeys(filter(None, headers)))
    contract = Contract(
        export="unknown",
        title=Title(zh="", en=""),
        recognise=tuple(named),
        table="unknown",
        mode="upsert",
        key=("day",),
        version=Version(),
        day="version",
        columns={f"column_{at}": Column(headers=(header,), type="id") for at, header in enumerate(named)},
    )
    preamble = tuple(" ".join(row) for _, row in records[:index])
    return Recognised(path, contract, container, line, headers, preamble, delimiter or ",")


def _likeness(cells: list[str], words: Vocabulary, known: set[str]) -> float:
    """How much a line looks like headers: different words, best such as are known; no numbers, no dates."""
    filled = [cell for cell in map(plain, cells) if cell]
    said = {cell for cell in filled if len(cell) <= LONGEST_HEADER and not VALUE.fullmatch(cell)}
    values = len(filled) - sum(cell in said for cell in filled)
    if len(said) < 2 or values > len(said):
        return 0
    return len(said) + 2 * sum(cell in known or words.name_of(cell) is not None for cell in said) - values


class _Guesser:
    """Guesses of one file's columns, one after the other: names that are taken are not given again."""

    def __init__(
        self,
        contracts: dict[str, Contract],
        words: Vocabulary,
        found: Recognised,
        profiles: dict[int, Profile],
        rows: int,
    ) -> None:
        self.words, self.found, self.profiles, self.rows = words, found, profiles, rows
        self.dropped = {plain(header) for contract in contracts.values() for header in contract.drop}
        self.table = self._table(contracts)
        own = [contract for contract in contracts.values() if contract.table == self.table]
        others = [contract for contract in contracts.values() if contract.table != self.table]
        self.own = {plain(h): (name, c) for contract in own for name, c in contract.columns.items() for h in c.headers}
        self.known = {
            plain(h): (name, c) for contract in others for name, c in contract.columns.items() for h in c.headers
        } | self.own
        self.columns_of_names = dict(self.known.values())
        self.stored = table_columns({contract.export: contract for contract in own}).get(self.table, {})
        self.days = [contract.day for contract in own if not isinstance(contract.day, str)]
        self.taken: set[str] = set()

    def _table(self, contracts: dict[str, Contract]) -> str:
        """The table whose contracts' headers the file has most of, else that of which its headers speak."""
        headers = set(self.found.headers) - {""}
        score = {contract.table: 0 for contract in contracts.values()} | dict.fromkeys(self.words.tables, 0)
        for contract in contracts.values():
            score[contract.table] = max(score[contract.table], 2 * len(_known_headers(contract) & headers))
        for table, words in self.words.tables.items():
            score[table] += sum(speaks_of(header, words) for header in headers)
        best = max(score, key=lambda table: score[table])
        if best == "orders" and any(self._repeats(at) for at in self._standing_for("order_id")):
            return "order_lines"
        if best == "product_day" and not [*self._standing_for("product_id"), *self._standing_for("sku")]:
            return "shop_day"
        return best if score[best] else "unknown"

    def _standing_for(self, name: str) -> list[int]:
        return [at for at, header in enumerate(self.found.headers) if self.words.name_of(header) == name]

    def _repeats(self, position: int) -> bool:
        profile = self.profiles.get(position)
        return profile is not None and profile.distinct < profile.filled

    def guesses(self) -> Guesses:
        """The columns, what is dropped, and the days; table-wide choices are made after it."""
        headers = self.found.headers
        result = Guesses("", self.found.header_line, self.rows, self.table, len(self.own.keys() & set(headers)))
        for position, header in enumerate(headers):
            if not header:
                result.unread.append(f"column {position + 1} has no header")
            elif header in headers[:position]:
                result.unread.append(f"column {position + 1}: a column before it has the same header")
            elif self._is_buyer(header):
                self.taken.add("buyer")
                result.columns.append(self._guess("buyer", header, position, "pseudonym"))
            elif why := self._why_personal(header, self.profiles.get(position)):
                result.drop[header] = why
            else:
                result.columns.append(self._column(header, position))
        result.day = self._day(result.columns)
        return result

    def _is_buyer(self, header: str) -> bool:
        known = self.known.get(header)
        says_so = self.words.is_buyer(header) or (known is not None and known[1].type == "pseudonym")
        return says_so and self.table in UPSERTS and "buyer" not in self.taken

    def _why_personal(self, header: str, profile: Profile | None) -> str:
        """Why what stands under the header may be a person's; empty where nothing speaks for it."""
        known = self.known.get(header)
        if known and known[1].type not in ("text", "category", "pseudonym"):
            return ""
        if profile and profile.shape and not (self._name(header) and self.words.type_of(header) == "id"):
            return f"values look like: {profile.shape}"
        if known is None and self._name(header) is None:
            numbers = profile is not None and "money" in profile.fits and not profile.only_digits
            said = "an account" if self.words.is_buyer(header) else self.words.personal_of(header)
            if (said or header in self.dropped) and not numbers:
                return f"the header says {said}" if said else "another export drops it"
            if profile and profile.maybe_names:
                return "values may be names; if they are not, make it a column"
        return "an account" if known and known[1].type == "pseudonym" else ""

    def _name(self, header: str) -> str | None:
        known = self.known.get(header)
        return known[0] if known else self.words.name_of(header)

    def _column(self, header: str, position: int) -> Guess:
        profile, name = self.profiles.get(position), self._name(header)
        column = self.columns_of_names.get(name or "")
        kind = self._type(header, profile, column.type if column else None)
        if name and self._fits(name, kind):
            todo = "" if header in self.own or header in self.known else "check that the header means this"
        else:
            asked = f"is this {name}? " if name else ""
            name = snake(header)
            if not name or not self._fits(name, kind) or name.endswith(("_cell", "_number")):
                name = f"column_{position + 1}"
            todo = f"{asked}name it, or delete the line"
        if kind == "id" and profile and "id" not in profile.fits:
            todo = "Excel has destroyed ids here (6.9E+18): export again; " + todo
        if profile is None:
            todo = f"empty in this file; {todo}".removesuffix("; ")
        self.taken.add(name)
        is_known = self._name(header) == name
        values = dict(column.values) if is_known and column and kind == "category" else {}
        return self._guess(name, header, position, kind, not is_known, values, todo)

    def _fits(self, name: str, kind: str) -> bool:
        is_free = name not in self.taken and name not in RESERVED
        return is_free and self.stored.get(name, STORED_AS[kind]) == STORED_AS[kind]

    def _guess(
        self,
        name: str,
        header: str,
        position: int,
        kind: str,
        optional: bool = False,
        values: dict[str, str] | None = None,
        todo: str = "",
    ) -> Guess:
        profile = self.profiles.get(position)
        values = dict(values or {})
        if kind == "category" and profile:
            values |= {value: value for value in profile.few_values if value not in values}
        is_full = profile is not None and profile.filled == self.rows
        return Guess(name, header, kind, position, is_full, optional, values, todo)

    def _type(self, header: str, profile: Profile | None, known: str | None) -> str:
        """The type that reads every filled cell: the known one, else what the header or the values speak for."""
        if profile is None:
            return "text" if known in (None, "category", "pseudonym") else str(known)
        said = self.words.type_of(header)
        if "id" in (known, said):
            return "id"
        if known == "text" or known in profile.fits:
            return known or "text"
        may_tell = bool(profile.few_values) and profile.longest <= LONGEST_VALUE
        if "category" in (known, said) and may_tell:
            return "category"
        if said == "ratio" and "ratio" in profile.fits:
            return "ratio"
        return _type_of_values(profile, is_money=said == "money")

    def _day(self, columns: list[Guess]) -> list[str]:
        """The columns that give the business day, the last of them always filled; none: the export's day."""
        dates = {guess.name: guess for guess in columns if guess.type in ("day", "timestamp")}
        full = [name for name, guess in dates.items() if guess.is_full]
        for names in self.days:
            if set(names) <= dates.keys() and dates[names[-1]].is_full:
                return list(names)
        usual = [name for name in ("stat_date", "ordered_at", "paid_at") if name in full]
        return [*usual, *full][:1]


def _type_of_values(profile: Profile, is_money: bool) -> str:
    fits = profile.fits
    if profile.has_percent and "ratio" in fits:
        return "ratio"
    if profile.is_recent and (not profile.only_digits or profile.longest in (8, 14)) and not is_money:
        if profile.has_time and "timestamp" in fits:
            return "timestamp"
        if "day" in fits:
            return "day"
    if "count" in fits and not is_money:
        is_id = profile.has_leading_zero or (profile.only_digits and profile.longest >= 12)
        return "id" if is_id and "id" in fits else "count"
    if "money" in fits and profile.decimals <= 2:
        return "money"
    if "price" in fits and profile.decimals <= 4:
        return "price"
    return "ratio" if "ratio" in fits else "text"


def _unique(con: duckdb.DuckDBPyConnection, guesses: Guesses) -> Iterator[tuple[str, ...]]:
    """The columns, pairs and triples of always filled columns that no two rows share; the shortest alone."""
    order = {"id": 0, "day": 1, "timestamp": 2}
    columns = [g for g in guesses.columns if g.is_full and g.type in ("id", "day", "timestamp", "text", "category")]
    columns = sorted(columns, key=lambda g: order.get(g.type, 3))[:MOST_KEY_COLUMNS]
    sets = [chosen for size in (1, 2, 3) for chosen in combinations(columns, size)]
    if not sets or not guesses.rows:
        return
    counts = [
        exp.Count(this=exp.Distinct(expressions=[exp.Tuple(expressions=[_bare(g.position) for g in chosen])]))
        for chosen in sets
    ]
    row = con.execute(exp.select(*counts).from_("lines").sql("duckdb")).fetchone()
    found: list[set[str]] = []
    for chosen, count in zip(sets, row or (), strict=True):
        names = {g.name for g in chosen}
        if count == guesses.rows and not any(smaller <= names for smaller in found):
            found.append(names)
            yield tuple(g.name for g in chosen)


def _bare(position: int) -> exp.Expr:
    return exp.func("bare", exp.func("trimmed", exp.column(f"c{position}")))


def _choose_key(guesses: Guesses) -> None:
    """What tells one row from another: the standard id, else what is unique; of a report, on its day."""
    full = [g for g in guesses.columns if g.is_full]
    names = {g.name for g in full}
    singles = [unique[0] for unique in guesses.unique if len(unique) == 1]
    if guesses.table in UPSERTS:
        ids = [name for name in ("order_line_id", "refund_id", "order_id") if name in names]
        usual = next((name for name in ids if name in singles), ids[-1] if ids else None)
        guesses.key = [usual] if usual else list(guesses.unique[0] if guesses.unique else [])
    else:
        days = set(guesses.day)
        unique = min(guesses.unique, key=lambda u: (not days & set(u), len(u)), default=())
        guesses.key = ["day", *(name for name in unique if name not in days)]
    if not guesses.key:
        guesses.key = [next((g.name for g in full if g.type == "id"), "day")]

    needed = {*guesses.key, *guesses.day}
    guesses.columns = [replace(g, optional=g.optional and g.name not in needed) for g in guesses.columns]


def _choose_headers(guesses: Guesses, contracts: dict[str, Contract]) -> list[str]:
    """Up to five headers by which the export is known: the key's, the day's, and such as no other export has."""
    others = set().union(*map(_known_headers, contracts.values())) if contracts else set()
    wanted = {*guesses.key, *guesses.day}
    of_key = [g.header for g in guesses.columns if g.name in wanted]
    own = [g.header for g in guesses.columns if g.header not in others]
    rest = [g.header for g in guesses.columns]
    return list(dict.fromkeys([*of_key[:3], *own[:3], *rest, *guesses.drop]))[:5]
