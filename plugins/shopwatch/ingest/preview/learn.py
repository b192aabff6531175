"""Contract guesses for an unknown file, each with its reason, for a person to review."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import duckdb
from sqlglot import exp

from shopwatch.catalog.contracts import MONEY_TABLES, Contract
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import HEADER_WITHIN, Detection, RejectedError, detect_contract, first_lines, plain
from shopwatch.ingest.header_index import missing_headers
from shopwatch.ingest.preview.columns import OF_BUYERS, FileColumn, Guess, KnownHeaders, guess_column, guess_date_order
from shopwatch.ingest.preview.vocabulary import Vocabulary, load_vocabulary, speaks_of
from shopwatch.ingest.profile import all_columns, any_personal, look, profiles, read_apart

VALUE = re.compile(r"[-+¥￥$£€]?[\d.,，:/%~\- T]+(元|%)?")
LONGEST_HEADER = 60
MOST_KEY_COLUMNS = 8
SHARED = 2
USUAL_DAYS = ("stat_date", "ordered_at", "paid_at")
STATED_TIME = r"(\d{14}|\d{12})\D*$"


@dataclass
class Guesses:
    """Content of a draft. ``drop``: title -> reason; ``unread``: columns that no contract can name, with the reason."""

    line: int
    rows: int
    table: str
    known: int
    columns: list[Guess] = field(default_factory=list)
    drop: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    skip: dict[str, list[str]] = field(default_factory=dict)
    recognise: list[str] = field(default_factory=list)
    unless: dict[str, str] = field(default_factory=dict)
    """Header that identifies a file of a broader export -> that export."""
    date_order: str = "year_first"
    is_sure_of_order: bool = True
    day: list[str] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    unique: list[tuple[str, ...]] = field(default_factory=list)
    states_time: bool = False
    mode: str = "upsert"


def guess(settings: Settings, contracts: dict[str, Contract], path: Path) -> Guesses:
    """Guess the contract of a file.

    Raises RejectedError if a contract already matches, if there is no header row, or if the file is unreadable.
    """
    try:
        read_already = detect_contract(path, contracts)
    except RejectedError:
        pass
    else:
        raise RejectedError("read_already", export=read_already.contract.export)
    words = load_vocabulary(settings.include)
    found = all_columns(path, _headers(path, words, {h for c in contracts.values() for h in _headers_of(c)}))
    with read_apart(settings, found) as (con, _):
        nobody_knows = not any(words.knows(title) for title in found.titles)
        if any_personal(con, list(found.titles), names=nobody_knows):
            raise RejectedError("personal_headers", line=found.header_line)
        look(con, without={})
        totals = _totals(con, settings, words, found)
        rows = look(con, without=totals)
        values = profiles(con, settings)
        headings = [FileColumn(title, at, values.get(at)) for at, title in enumerate(found.titles)]
        guesses = _guess_columns(contracts, words, headings, found.header_line, rows)
        guesses.skip = {found.titles[position]: cells for position, cells in totals.items()}
        guesses.day = _day(guesses, contracts)
        guesses.unique = list(_unique(con, guesses))
    _choose_key(guesses)
    guesses.recognise = _choose_headers(guesses, contracts)
    guesses.unless = _broader(contracts, guesses.table, headings)
    if len(guesses.recognise) < 2 or not guesses.columns:
        raise RejectedError("few_headers")
    guesses.states_time = re.search(STATED_TIME, path.stem) is not None
    return guesses


def _headers_of(contract: Contract) -> set[str]:
    return {plain(header) for column in contract.columns.values() for header in column.headers}


def _totals(
    con: duckdb.DuckDBPyConnection, settings: Settings, words: Vocabulary, found: Detection
) -> dict[int, list[str]]:
    """Position -> cells at that position that open a total row."""
    totals: dict[int, list[str]] = {}
    for position, cell in con.execute(
        library_sql("ingest/preview/totals"), {"totals": words.totals_pattern}
    ).fetchall():
        if found.headers[position] and found.headers.count(found.headers[position]) == 1:
            totals.setdefault(position, []).append(cell)
    return totals


def _headers(path: Path, words: Vocabulary, known: set[str]) -> list[str]:
    """Most header-like of the first 30 lines, in `plain` form. Raises RejectedError if none qualifies."""
    best: tuple[float, list[str]] = (0, [])
    for _, records in first_lines(path)[1]:
        for index, (_, cells) in enumerate(records):
            after = [len(others) for _, others in records[index + 1 :] if any(others)]
            steady = after.count(len(cells)) / len(after) if after else 0.5
            score = _likeness(cells, words, known) * steady
            if score > best[0]:
                best = (score, cells)
    if not best[1]:
        raise RejectedError("no_headers", lines=HEADER_WITHIN)
    return [plain(cell) for cell in best[1]]


def _likeness(cells: list[str], words: Vocabulary, known: set[str]) -> float:
    """Likeness to a header row: distinct words, preferably known ones, and few numbers or dates."""
    filled = [cell for cell in map(str.strip, cells) if plain(cell)]
    titles = {cell for cell in filled if len(cell) <= LONGEST_HEADER and not VALUE.fullmatch(cell)}
    values = len(filled) - sum(cell in titles for cell in filled)
    if len(titles) < 2 or values > len(titles):
        return 0
    return len(titles) + 2 * sum(plain(cell) in known or words.name_of(cell) is not None for cell in titles) - values


def _guess_columns(
    contracts: dict[str, Contract], words: Vocabulary, headings: list[FileColumn], line: int, rows: int
) -> Guesses:
    table = _table(contracts, words, headings)
    known = KnownHeaders(contracts, words, table)
    result = Guesses(line, rows, table, sum(heading.plain in known.own for heading in headings))
    result.date_order, result.is_sure_of_order = guess_date_order(headings)
    times = Counter(heading.plain for heading in headings)
    used_names: set[str] = set()
    for heading in headings:
        if not heading.plain:
            result.unread.append(f"column {heading.position + 1} has no header")
        elif times[heading.plain] > 1:
            result.unread.append(f"column {heading.position + 1} has a header that appears more than once")
        elif known.is_buyer(heading) and "buyer" not in used_names:
            is_full = heading.profile is not None and heading.profile.filled == rows
            result.columns.append(Guess("buyer", heading, "pseudonym", is_full))
            used_names.add("buyer")
        elif why := known.why_personal(heading):
            result.drop[heading.title] = why
        else:
            result.columns.append(guess_column(known, heading, used_names | {"buyer"}, rows, result.date_order))
            used_names.add(result.columns[-1].name)
    return result


def _table(contracts: dict[str, Contract], words: Vocabulary, headings: list[FileColumn]) -> str:
    """Table whose contracts share most headers with the file; header words of the vocabulary count, too.

    Contracts with less than half of their headers present are ignored: ids and names occur everywhere.
    """
    score = Counter(dict.fromkeys(words.tables, 0))
    present = {heading.plain for heading in headings}
    for contract in contracts.values():
        if present & set(map(plain, contract.unless)):
            continue  # such a file belongs to another export, whatever the two share
        shared = sum(heading.plain in _headers_of(contract) for heading in headings)
        if 2 * shared < len(contract.columns):
            continue
        score[contract.table] = max(score[contract.table], 2 * shared)
    for table, table_words in words.tables.items():
        score[table] += sum(speaks_of(heading.title, table_words) for heading in headings)
    best, hits = score.most_common(1)[0]
    if best in MONEY_TABLES:
        best = _table_of_orders(contracts, present) or best
    standing = {words.name_of(heading.title): heading.profile for heading in headings}
    order = standing.get("order_id")
    if best == "orders" and order and order.distinct < order.filled:
        return "order_lines"
    if best == "product_day" and not standing.keys() & {"product_id", "sku"}:
        return "shop_day"
    return best if hits else "unknown"


def _table_of_orders(contracts: dict[str, Contract], present: set[str]) -> str | None:
    """Table of the order export that knows most of the file's headers, at least half of them: it has their names."""
    known = {c.table: 0 for c in contracts.values() if c.table in MONEY_TABLES}
    for contract in contracts.values():
        if contract.table in known:
            known[contract.table] = max(known[contract.table], len(present & _headers_of(contract)))
    table = max(known, key=lambda name: known[name], default=None)
    return table if table and 2 * known[table] >= len(present) else None


def _day(guesses: Guesses, contracts: dict[str, Contract]) -> list[str]:
    """Columns of the business day, the last one always filled; empty: the day of the export."""
    dates = {g.name: g for g in guesses.columns if g.type in ("day", "timestamp")}
    for contract in contracts.values():
        names = [] if isinstance(contract.day, str) else list(contract.day)
        if contract.table == guesses.table and names and dates.keys() >= set(names) and dates[names[-1]].is_full:
            return names
    full = [name for name, guess in dates.items() if guess.is_full]
    known = [name for name in USUAL_DAYS if name in full]
    filled = sorted(dates, key=lambda name: (name not in USUAL_DAYS, -_filled(dates[name])))
    mostly = [name for name in filled if 2 * _filled(dates[name]) >= guesses.rows]
    return [*known, *full, *mostly][:1]


def _filled(guess: Guess) -> int:
    return guess.heading.profile.filled if guess.heading.profile else 0


def _unique(con: duckdb.DuckDBPyConnection, guesses: Guesses) -> Iterator[tuple[str, ...]]:
    """Unique combinations of one to three always filled columns, without supersets of shorter ones."""
    order = {"id": 0, "day": 1, "timestamp": 2}
    columns = [g for g in guesses.columns if g.is_full and g.type in ("id", "day", "timestamp", "text", "category")]
    columns = sorted(columns, key=lambda g: order.get(g.type, 3))[:MOST_KEY_COLUMNS]
    sets = [chosen for size in (1, 2, 3) for chosen in combinations(columns, size)]
    if not sets or not guesses.rows:
        return
    counts = [
        exp.Count(this=exp.Distinct(expressions=[exp.Tuple(expressions=[_cell(g) for g in chosen])])) for chosen in sets
    ]
    bare = exp.select(*(exp.func("bare", exp.func("trimmed", _cell(g))).as_(_cell(g).name) for g in columns))
    row = con.execute(exp.select(*counts).from_(bare.from_("looked").subquery("bare")).sql("duckdb")).fetchone()
    found: list[set[str]] = []
    for chosen, count in zip(sets, row or (), strict=True):
        names = {g.name for g in chosen}
        if count == guesses.rows and not any(smaller <= names for smaller in found):
            found.append(names)
            yield tuple(g.name for g in chosen)


def _cell(guess: Guess) -> exp.Column:
    return exp.column(f"c{guess.heading.position}")


def _choose_key(guesses: Guesses) -> None:
    """Set the key: the standard id, else a unique combination; for a report, with its day."""
    full = [g for g in guesses.columns if g.is_full]
    names = {g.name for g in full}
    singles = [unique[0] for unique in guesses.unique if len(unique) == 1]
    if guesses.table in OF_BUYERS:
        ids = [name for name in ("order_line_id", "refund_id", "order_id") if name in names]
        usual = next((name for name in ids if name in singles), ids[-1] if ids else None)
        guesses.key = [usual] if usual else list(guesses.unique[0] if guesses.unique else [])
    else:
        whole_days = {g.name for g in full if g.type == "day" and guesses.day == [g.name]}
        unique = min(guesses.unique, key=lambda u: (not whole_days & set(u), len(u)), default=())
        guesses.key = ["day", *(name for name in unique if name not in whole_days)]
        guesses.mode = "snapshot" if unique else "upsert"  # as a snapshot it would fail its key check
    if not guesses.key:
        guesses.key = [next((g.name for g in full if g.type == "id"), "day")]
    needed = {*guesses.key, *guesses.day}
    guesses.columns = [replace(g, optional=g.optional and g.name not in needed) for g in guesses.columns]


def _broader(contracts: dict[str, Contract], table: str, headings: list[FileColumn]) -> dict[str, str]:
    """Missing header -> export, for each export of the table with which the file shares identifying headers.

    Lists of orders and of their lines are alike.
    """
    present = {heading.plain for heading in headings}
    found: dict[str, str] = {}
    for contract in contracts.values():
        absent = [header for header in missing_headers(contract, present) if header in contract.recognise]
        is_alike = contract.table == table or {contract.table, table} <= MONEY_TABLES
        if is_alike and absent and len(contract.recognise) - len(absent) >= SHARED:
            found.setdefault(absent[-1], contract.export)
    return found


def _choose_headers(guesses: Guesses, contracts: dict[str, Contract]) -> list[str]:
    """Up to five identifying headers: those of key and day, then headers of no other export."""
    others = set().union(*map(_headers_of, contracts.values())) if contracts else set()
    wanted = {*guesses.key, *guesses.day}
    of_key = [g.heading.title for g in guesses.columns if g.name in wanted]
    own = [g.heading.title for g in guesses.columns if g.heading.plain not in others]
    rest = [g.heading.title for g in guesses.columns]
    return list(dict.fromkeys([*of_key[:3], *own[:3], *rest, *guesses.drop]))[:5]
