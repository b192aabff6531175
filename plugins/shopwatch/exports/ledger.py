"""The ledger of loads and what belongs to it: rows that wait for their checks, quarantine, files seen, earlier loads.

All of it is done for any number of files of one contract with the same headers at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow

from shopwatch.exports.contract import PERSONAL, Contract
from shopwatch.exports.inbox import Found
from shopwatch.exports.period import stated_span
from shopwatch.exports.readers import Counted
from shopwatch.exports.recognise import Recognised
from shopwatch.exports.taken import Taken
from shopwatch.settings import Settings
from shopwatch.warehouse import on_tables, sql_text

ENTRY = pyarrow.schema(
    {
        "load_id": pyarrow.string(),
        "shop": pyarrow.string(),
        "file": pyarrow.string(),
        "sha256": pyarrow.string(),
        "bytes": pyarrow.int64(),
        "exported_at": pyarrow.timestamp("us"),
        "version_rule": pyarrow.string(),
        "rows_read": pyarrow.int64(),
        "span_first": pyarrow.date32(),
        "span_last": pyarrow.date32(),
    }
)


@dataclass(frozen=True)
class RowCounts:
    """What one load left: rows that wait for their checks, rows in quarantine, rows that are totals."""

    loaded: int
    quarantined: int
    skipped: int


def enter(
    con: duckdb.DuckDBPyConnection, settings: Settings, files: Sequence[tuple[Taken, Counted]]
) -> dict[str, RowCounts]:
    """Put the rows of ``typed`` among those that wait for their checks, the others into quarantine; count all.

    The files have one contract and the same header row. Load id -> its counts.
    """
    found = files[0][0].recognised
    contract = found.contract
    with _entries(con, pyarrow.Table.from_pylist([_entry(*file) for file in files], schema=ENTRY)):
        _quarantine_unreadable(con, settings, found)
        target = f"incoming.{contract.export}"
        columns = (duckdb.ColumnExpression(name) for name in con.table(target).columns)
        con.view("typed").filter("problem is null").select(*columns).insert_into(target)
        of_all = {
            "source": contract.export,
            "contract_hash": contract.hash,
            "loaded_at": datetime.now(UTC).replace(tzinfo=None),
        }
        con.execute(sql_text(settings, "load/enter"), of_all)
        counts = con.execute(
            "select load_id, rows_loaded, rows_quarantined, rows_skipped from loads semi join entries using (load_id)"
        ).fetchall()
    return {load_id: RowCounts(*row) for load_id, *row in counts}


def quarantine_broken(con: duckdb.DuckDBPyConnection, settings: Settings, taken: Taken) -> None:
    """Keep each line of one file that has no readable cells, with the reason."""
    load = {
        "load_id": taken.load_id,
        "source": taken.recognised.contract.export,
        "shop": taken.shop.name,
        "file": taken.found.name,
    }
    con.execute(sql_text(settings, "load/broken"), load)


def forget_earlier(
    con: duckdb.DuckDBPyConnection, contracts: Iterable[Contract], files: Sequence[Taken], contract_hash: str
) -> None:
    """The same bytes read by an older version of a contract, or exported before, leave the warehouse."""
    known = [{"load_id": one.load_id, "sha256": one.hashed(), "shop": one.shop.name} for one in files]
    with _entries(con, pyarrow.Table.from_pylist(known)):
        earlier = con.execute(
            """
            select distinct loads.load_id
            from loads
            inner join entries using (sha256)
            where
                coalesce(loads.shop, entries.shop) = entries.shop
                and (loads.load_id = entries.load_id or loads.contract_hash is distinct from $1)
            """,
            [contract_hash],
        ).fetchall()
    if not earlier:
        return
    ids = [load_id for (load_id,) in earlier]
    known_contracts = list(contracts)
    tables = {f"{schema}.{c.table}" for schema in ("main", "apart") for c in known_contracts}
    tables |= {f"incoming.{c.export}" for c in known_contracts} | {"quarantine", "checks", "loads"}
    for table in sorted(tables):
        con.execute(on_tables("delete from target where list_contains($1, load_id)", {"target": table}), [ids])


def known_loads(con: duckdb.DuckDBPyConnection, files: Sequence[Taken]) -> set[str]:
    """The ids of those loads that the warehouse has already; not of one whose export time is stated anew."""
    ids = [one.load_id for one in files]
    found = con.execute("select load_id, exported_at from loads where list_contains($1, load_id)", [ids]).fetchall()
    exported = dict(found)
    known = set()
    for one in files:
        if one.load_id in exported:
            exported_at, rule = one.exported_at()
            has_come_back = rule == "name" and exported_at > exported[one.load_id]  # what was corrected meanwhile
            known |= set() if has_come_back else {one.load_id}
    return known


def remember(con: duckdb.DuckDBPyConnection, files: Sequence[tuple[Found, str]], known_hash: str) -> None:
    """Note the files as they were found, each with its load id: unchanged they are not opened again."""
    names = ("path", "size", "modified_ns", "etag", "load_id")
    rows = [dict(zip(names, (*found.identity, load_id), strict=True)) for found, load_id in files]
    with _entries(con, pyarrow.Table.from_pylist(rows)):
        con.execute("insert or replace into seen by name select *, $1 as known_hash from entries", [known_hash])
    troubles = [trouble_id(found) for found, _ in files]
    con.execute("delete from loads where sha256 = '' and list_contains($1, load_id)", [troubles])


def trouble_id(found: Found) -> str:
    """The ledger's entry of a file that could not be read; it leaves the ledger once the file can be."""
    return hashlib.sha256(f"{found.key}|trouble".encode()).hexdigest()[:16]


def _entry(taken: Taken, counted: Counted) -> dict[str, object]:
    exported_at, rule = taken.exported_at()
    span_first, span_last = stated_span(taken.recognised)
    return {
        "load_id": taken.load_id,
        "shop": taken.shop.name,
        "file": taken.found.name,
        "sha256": taken.hashed(),
        "bytes": taken.found.size,
        "exported_at": exported_at,
        "version_rule": rule,
        "rows_read": counted.records,
        "span_first": span_first,
        "span_last": span_last,
    }


@contextmanager
def _entries(con: duckdb.DuckDBPyConnection, entries: pyarrow.Table) -> Iterator[None]:
    con.register("entries", entries)
    try:
        yield
    finally:
        con.unregister("entries")


def _quarantine_unreadable(con: duckdb.DuckDBPyConnection, settings: Settings, found: Recognised) -> None:
    """Keep each row that cannot be loaded, with the reason; never a cell that holds personal data."""
    contract = found.contract
    personal = bool(contract.drop) or any(column.type in PERSONAL for column in contract.columns.values())
    problems = con.execute("select distinct problem from typed where problem is not null order by problem").fetchall()
    for (name,) in problems:
        column = contract.columns[name]
        said = {"problem": name, "headers": found.title_of(column), "type": column.type, "personal": personal}
        con.execute(sql_text(settings, "load/unreadable"), said)
