"""Load ledger and its companions: incoming rows, quarantine, seen files, earlier loads.

Every step handles any number of files of one contract with the same headers at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow

from shopwatch.catalog.contracts import PERSONAL
from shopwatch.catalog.headers import position_of, readable_header
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import Detection
from shopwatch.ingest.detected_file import DetectedFile
from shopwatch.ingest.file_days import stated_span
from shopwatch.ingest.inbox import InboxFile
from shopwatch.ingest.record_counts import RecordCounts
from shopwatch.warehouse.connections import create_incoming, on_tables

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
        "absent_columns": pyarrow.list_(pyarrow.string()),
    }
)


@dataclass(frozen=True)
class RowCounts:
    """Row counts of one load: incoming rows, quarantined rows, skipped totals."""

    loaded: int
    quarantined: int
    skipped: int


def enter(
    con: duckdb.DuckDBPyConnection, settings: Settings, files: Sequence[tuple[DetectedFile, RecordCounts]]
) -> dict[str, RowCounts]:
    """Insert the valid rows of ``typed`` as incoming, quarantine the others, and add one ledger row per file.

    All files share contract and header row. Returns load id -> counts.
    """
    found = files[0][0].detection
    contract = found.contract
    with _entries(con, pyarrow.Table.from_pylist([_entry(*file) for file in files], schema=ENTRY)):
        _quarantine_unreadable(con, settings, found)
        create_incoming(con, contract)
        target = f"incoming.{contract.export}"
        columns = (duckdb.ColumnExpression(name) for name in con.table(target).columns)
        con.view("typed").filter("problem is null").select(*columns).insert_into(target)
        of_all = {
            "source": contract.export,
            "contract_hash": contract.hash,
            "loaded_at": datetime.now(UTC).replace(tzinfo=None),
        }
        con.execute(library_sql("ingest/enter"), of_all)
        counts = con.execute(
            "select load_id, rows_loaded, rows_quarantined, rows_skipped from loads semi join entries using (load_id)"
        ).fetchall()
    return {load_id: RowCounts(*row) for load_id, *row in counts}


def quarantine_broken(con: duckdb.DuckDBPyConnection, settings: Settings, detected: DetectedFile) -> None:
    """Quarantine the lines of one file that have no readable cells, with the reason."""
    load = {
        "load_id": detected.load_id,
        "source": detected.detection.contract.export,
        "shop": detected.shop.name,
        "file": detected.found.name,
    }
    con.execute(library_sql("ingest/broken"), load)


def forget_earlier(con: duckdb.DuckDBPyConnection, files: Sequence[DetectedFile], contract_hash: str) -> None:
    """Delete earlier loads of the same bytes: those with another contract hash, and the same load itself."""
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
    for table in _tables_by_load(con):
        con.execute(on_tables("delete from target where list_contains($1, load_id)", {"target": table}), [ids])


def _tables_by_load(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables whose rows belong to a load; ``seen`` outlives its load."""
    found = con.execute(
        "select schema_name || '.' || table_name from duckdb_columns() where column_name = 'load_id' "
        "and database_name = current_database() and schema_name in ('main', 'apart', 'incoming') "
        "and table_name != 'seen' and not internal order by 1"
    )
    return [name for (name,) in found.fetchall()]


def known_loads(con: duckdb.DuckDBPyConnection, files: Sequence[DetectedFile]) -> set[str]:
    """Load ids that the warehouse already has, except those with a newer export time in the file name."""
    ids = [one.load_id for one in files]
    found = con.execute("select load_id, exported_at from loads where list_contains($1, load_id)", [ids]).fetchall()
    exported = dict(found)
    known = set()
    for one in files:
        if one.load_id in exported:
            exported_at, rule = one.exported_at()
            has_come_back = rule == "name" and exported_at > exported[one.load_id]  # undoes a later correction
            known |= set() if has_come_back else {one.load_id}
    return known


def remember(con: duckdb.DuckDBPyConnection, files: Sequence[tuple[InboxFile, str]], known_hash: str) -> None:
    """Record files as seen, each with its load id; an unchanged file is not opened again."""
    names = ("path", "size", "modified_ns", "etag", "load_id")
    rows = [dict(zip(names, (*found.identity, load_id), strict=True)) for found, load_id in files]
    with _entries(con, pyarrow.Table.from_pylist(rows)):
        con.execute("insert or replace into seen by name select *, $1 as known_hash from entries", [known_hash])
    troubles = [trouble_id(found) for found, _ in files]
    con.execute("delete from loads where sha256 = '' and list_contains($1, load_id)", [troubles])


def absent_headers(found: Detection) -> list[str]:
    """Headers of the contract's optional columns that the file lacks, as the contract writes them."""
    absent = (c for c in found.contract.columns.values() if position_of(c.headers, found.headers) is None)
    return list(dict.fromkeys(readable_header(column.headers[0]) for column in absent))


def trouble_id(found: InboxFile) -> str:
    """Load id of the ledger row of an unreadable file; the row is deleted once the file is readable."""
    return hashlib.sha256(f"{found.key}|trouble".encode()).hexdigest()[:16]


def _entry(detected: DetectedFile, counted: RecordCounts) -> dict[str, object]:
    exported_at, rule = detected.exported_at()
    span_first, span_last = stated_span(detected.detection)
    return {
        "load_id": detected.load_id,
        "shop": detected.shop.name,
        "file": detected.found.name,
        "sha256": detected.hashed(),
        "bytes": detected.found.size,
        "exported_at": exported_at,
        "version_rule": rule,
        "rows_read": counted.records,
        "span_first": span_first,
        "span_last": span_last,
        "absent_columns": absent_headers(detected.detection),
    }


@contextmanager
def _entries(con: duckdb.DuckDBPyConnection, entries: pyarrow.Table) -> Iterator[None]:
    con.register("entries", entries)
    try:
        yield
    finally:
        con.unregister("entries")


def _quarantine_unreadable(con: duckdb.DuckDBPyConnection, settings: Settings, found: Detection) -> None:
    """Quarantine rows with an unparsable cell, with the reason, but never a cell with personal data."""
    contract = found.contract
    personal = bool(contract.drop) or any(column.type in PERSONAL for column in contract.columns.values())
    problems = con.execute("select distinct problem from typed where problem is not null order by problem").fetchall()
    for (name,) in problems:
        column = contract.columns[name]
        parameters = {
            "problem": name,
            "headers": found.title_of(column),
            "type": column.type,
            "one_of": column.one_of,
            "personal": personal,
        }
        con.execute(library_sql("ingest/unreadable"), parameters)
