"""Checks of the state files: present, undamaged, and complete compared with earlier ledgers."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow
from sqlalchemy.engine import make_url
from sqlglot import exp

from shopwatch.core.durable import copy_or_link
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql

log = logging.getLogger("shopwatch.warehouse.integrity")

LEDGER = ("load_id", "source", "shop", "sha256", "rows_loaded", "first_day", "last_day")
NO_LOADS = """
    select '' as load_id, '' as source, '' as shop, '' as sha256, '' as state, 0::bigint as rows_loaded,
        null::date as first_day, null::date as last_day
    limit 0
"""
REPLAY = "Build it again from the archive: bin/shopwatch replay"


def replay_advice(settings: Settings) -> str:
    """Sentence with the command that rebuilds the raw warehouse of the home, or of the shard."""
    return f"{REPLAY} --shard {settings.shard}" if settings.shard else REPLAY


class WarehouseLostError(StateError):
    """The raw warehouse is missing, damaged, or lacks files that were loaded before."""


def require_known_loads(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Raise WarehouseLostError if the attached ``raw`` lacks files that the shop warehouse was built with."""
    if has_table(con, "loads", schema="ops") and (count := _count_lacking(con, settings)):
        raise WarehouseLostError(
            f"{settings.raw_warehouse} lacks {count:,} files that were loaded before: it is an older copy or "
            f"a new file. {replay_advice(settings)}"
        )


def require_night(con: duckdb.DuckDBPyConnection, settings: Settings, night: date) -> None:
    """Raise StateError if the shop warehouse is not the one in which the night was judged."""
    row = con.execute("select night from meta.night").fetchone() if has_table(con, "night", schema="meta") else None
    if row != (night,):
        raise StateError(
            f"{settings.shop_warehouse} was judged for {row[0] if row else 'no night'}, not for {night}: another file "
            "was put in its place since. Nothing is notified or published from it. Run "
            f"bin/shopwatch night --night {night}"
        )


def _count_lacking(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    left_out: list[str] = []
    if has_table(con, "replays", "raw"):
        left_out = [sha256 for (sha256,) in con.execute("select unnest(left_out) from raw.replays").fetchall()]
    if not has_table(con, "loads", "raw"):
        row = con.execute("select count(*) from ops.loads where state != 'rejected'").fetchone()
    else:
        row = con.execute(library_sql("warehouse/lacking"), {"left_out": left_out}).fetchone()
    return int(row[0]) if row else 0


def replayed_at(con: duckdb.DuckDBPyConnection) -> datetime | None:
    """Time of the raw warehouse's latest replay, which may have changed values of the same loads, as with a new key."""
    if not has_table(con, "replays", "raw"):
        return None
    row = con.execute("select max(replayed_at) from raw.replays").fetchone()
    return row[0] if row else None


def ledgers(settings: Settings) -> Iterator[Path]:
    """Files with a copy of the load ledger, newest first: the shop warehouse, and the published one of a whole home.

    Of a shard that lost its shop warehouse, as with a worker's disk, what it handed over last.
    """
    others = [settings.published]
    if settings.shard:
        others = [] if settings.shop_warehouse.exists() else _newest_first(settings.handed_over())[:1]
    for path in (settings.shop_warehouse, *others):
        if path.exists() and not fault_on_opening(path):
            with reading(path) as con:
                if has_table(con, "loads", schema="ops"):
                    yield path


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.duckdb"), key=lambda path: path.stat().st_mtime, reverse=True)


def known_loads(settings: Settings) -> pyarrow.Table:
    """Loads of the readable ledgers, one row per load of each: the raw warehouse's and that of a built warehouse."""
    found = []
    for path in [*ledgers(settings)][:1]:
        with reading(path) as con:
            found.append(_loads(con.table("ops.loads")))
    raw = settings.raw_warehouse
    if raw.exists() and not fault_on_opening(raw):
        with reading(raw) as con:
            try:
                if has_table(con, "loads"):
                    found.append(_loads(con.table("loads")))
            except duckdb.Error as error:
                log.warning("the ledger of %s cannot be read: %s", raw, error)
    return pyarrow.concat_tables(found) if found else _loads(duckdb.sql(NO_LOADS))


def _loads(ledger: duckdb.DuckDBPyRelation) -> pyarrow.Table:
    return ledger.filter("state != 'rejected'").select(*map(duckdb.ColumnExpression, LEDGER)).to_arrow_table()


def find_damage(settings: Settings) -> list[str]:
    """Read every block of the warehouses and the store; returns one sentence per damaged file.

    A warehouse that another process is writing is left out, which is logged.
    """
    damage = []
    remedies = {settings.published: "Remove it: the next night publishes it"}
    for one in settings.with_shards():
        remedies[one.raw_warehouse] = replay_advice(one)
        remedies[one.shop_warehouse] = "Remove it: the next night builds it from raw.duckdb"
    for path, remedy in remedies.items():
        try:
            fault = (fault_on_opening(path) or _fault_on_reading(path)) if path.exists() else None
        except duckdb.Error as error:
            log.warning("%s is in use and was not checked: %s", path, str(error).splitlines()[0])
            continue
        if fault:
            damage.append(f"{path} is damaged ({fault}). {remedy}")
    url = make_url(settings.store)
    if url.get_backend_name() == "sqlite" and url.database and Path(url.database).exists():
        fault = sqlite_fault(Path(url.database))
        if fault:
            damage.append(f"{url.database} is damaged ({fault}). Restore it from {settings.backups}: docs/install.md")
    return damage


def sqlite_fault(path: Path, *, is_copy: bool = False) -> str | None:
    """First damage that SQLite reports for the store's file, or None. ``is_copy``: no process writes to the file."""
    try:
        with closing(
            sqlite3.connect(f"file:{path}?mode=ro{'&immutable=1' if is_copy else ''}", uri=True, timeout=60)
        ) as con:
            (fault,) = con.execute("pragma integrity_check").fetchone()
            con.execute("select version_num from alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if fault == "ok" else str(fault)


def fault_on_opening(path: Path) -> str | None:
    """DuckDB's message if the file cannot be opened as a warehouse, else None. Raises duckdb.Error if it is locked."""
    try:
        duckdb.connect(path, read_only=True).close()
    except duckdb.Error as error:
        if "lock on file" in str(error):
            raise  # locked by a writer: its condition is unknown
        return str(error).splitlines()[0]
    return None


def _fault_on_reading(path: Path) -> str | None:
    try:
        with reading(path) as con:
            for schema, table in con.execute(
                "select schema_name, table_name from duckdb_tables() where not internal"
            ).fetchall():
                con.table(exp.to_table(f"{schema}.{table}").sql("duckdb")).aggregate("max(hash(columns(*)))").fetchall()
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None


@contextmanager
def reading(path: Path, raw: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse read-only; ``raw``: the raw warehouse to attach under that name."""
    con = duckdb.connect(path, read_only=True)
    try:
        if raw is not None:
            con.execute(f"attach {exp.Literal.string(str(raw)).sql('duckdb')} as raw (read_only)")
        yield con
    finally:
        con.close()


def has_table(con: duckdb.DuckDBPyConnection, table: str, database: str | None = None, schema: str = "main") -> bool:
    """True if the table exists, in the opened file or in the attached ``database``.

    It is looked up: a search in ``duckdb_tables()`` lists every table first, which takes ten times as long.
    """
    try:
        con.table(".".join(part for part in (database, schema, table) if part))
    except duckdb.CatalogException:
        return False
    return True


def set_aside(path: Path, why: str) -> Path:
    """Rename a DuckDB file and its write-ahead log to an unused name; returns the new path."""
    kept = _free_name(path, why)
    wal = _log_of(path)
    if path.exists():
        path.replace(kept)
    if wal.exists():  # left behind, it would be applied to the next file
        wal.replace(_log_of(kept))
    return kept


def keep_beside(path: Path, why: str) -> Path | None:
    """Give a DuckDB file a second name, so that another file can take its first name without a gap.

    Its write-ahead log is merged first. A file that cannot be opened is renamed together with its log: no reader can
    use it. Returns the second name, or None if there is no file.
    """
    if _log_of(path).exists():
        with suppress(duckdb.Error):
            duckdb.connect(path).close()
    if _log_of(path).exists():
        return set_aside(path, why)
    if not path.exists():
        return None
    kept = _free_name(path, why)
    copy_or_link(path, kept)
    return kept


def _free_name(path: Path, why: str) -> Path:
    return path.with_name(f"{path.stem}.{why}-{datetime.now():%Y%m%d-%H%M%S-%f}{path.suffix}")


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
