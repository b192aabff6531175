"""Files into the raw warehouse: one transaction a file, one ledger row a file, the same bytes once."""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from shopwatch.catalog.contracts import PERSONAL, Contract, load_contracts
from shopwatch.catalog.shops import Shop, load_shops
from shopwatch.core.durable import private_folder, write_whole
from shopwatch.core.reasons import RejectedError, sentence
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import recognise
from shopwatch.ingest.formats.workbook_process import closing_reader
from shopwatch.ingest.inbox import (
    TROUBLE,
    Found,
    Inbox,
    fetch,
    find,
    let_go,
    missing,
    open_inbox,
    unfinished,
    what_became_of,
)
from shopwatch.ingest.originals import Original, original_of
from shopwatch.ingest.period import stated_span
from shopwatch.ingest.progress import watched
from shopwatch.ingest.pseudonyms import Pads, pads, record_key, require_same_key
from shopwatch.ingest.readers import Counted, read
from shopwatch.ingest.taken import Taken, shop_of, take
from shopwatch.ingest.type_sql import cells_of, forget_rows, type_rows
from shopwatch.warehouse.connections import on_tables, raw_warehouse, transaction

log = logging.getLogger("shopwatch.load")

UNKNOWN = "unknown"
WORTH_THREADS = 16 << 20  # bytes
LONGEST_NAME = 240  # bytes: a file's name has 255 at most


@dataclass
class Loaded:
    """Counts of one source's files and rows, the bytes that were read and the seconds that it took.

    ``waiting``: files that turned out to be still being written; the next night looks again.
    """

    source: str
    files: int = 0
    repeated: int = 0
    rejected: int = 0
    waiting: int = 0
    rows: int = 0
    quarantined: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 0.0
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class House:
    """What is declared: contracts, shops, the pseudonyms' pads, and a hash of it all."""

    contracts: dict[str, Contract]
    shops: dict[str, Shop]
    pads: Pads
    known: str


def declared(settings: Settings) -> House:
    """Read contracts, shops and the key. Raises DeclarationError and PseudonymKeyError."""
    contracts, shops = load_contracts(settings.include), load_shops(settings)
    content = repr(sorted((c.export, c.hash) for c in contracts.values())) + repr(sorted(shops))
    return House(contracts, shops, pads(settings), hashlib.sha256(content.encode()).hexdigest())


@closing_reader()
def find_sources(settings: Settings, inbox: Inbox | None = None) -> dict[str, list[str]]:
    """Export name -> the new whole files of it in the inbox, ``unknown`` for those that nobody can tell.

    Files that are still being written are left for the next night; known ones are not opened. Raises
    OSError where the inbox cannot be listed.
    """
    house = declared(settings)
    sources: dict[str, list[str]] = {}
    with raw_warehouse(settings, house.contracts) as con:
        require_same_key(con, house.pads)
        seen = set(con.execute("select path, size, modified_ns, etag, known_hash from seen").fetchall())
        told = {load_id for (load_id,) in con.execute("select load_id from loads where sha256 = ''").fetchall()}
    waiting = 0
    fetched = set()
    for found in find(inbox or open_inbox(settings), settings.fetched):
        if (*found.identity, house.known) in seen:
            continue
        if unfinished(found, settings.settle_seconds):
            waiting += 1
            continue
        try:
            fetch(found)
            source = recognise(found.path, house.contracts).contract.export if found.size else UNKNOWN
        except (RejectedError, OSError) as error:
            trouble = isinstance(error, OSError) or error.code in TROUBLE
            if trouble and _trouble_id(found) in told:
                log.info("%s still cannot be read", found.name)
                continue
            source = UNKNOWN
        fetched.add(found.path.parent)
        sources.setdefault(source, []).append(found.key)
    for left in settings.fetched.glob("*"):
        if left not in fetched:
            shutil.rmtree(left)
    log.info(
        "%d new files of %d kinds; %d still being written",
        sum(map(len, sources.values())),
        len(sources),
        waiting,
    )
    return dict(sorted(sources.items()))


def load_files(settings: Settings, source: str, paths: Iterable[str], inbox: Inbox | None = None) -> Loaded:
    """Load the files of one source; each ends as loaded, repeated or rejected with a reason, or waits."""
    start = time.monotonic()
    house = declared(settings)
    wanted = set(paths)
    result = Loaded(source)
    inbox = inbox or open_inbox(settings)
    for folder in (settings.archive, settings.rejected):
        private_folder(folder)
    with raw_warehouse(settings, house.contracts) as con, closing_reader():
        require_same_key(con, house.pads)
        files = [found for found in find(inbox, settings.fetched) if found.key in wanted]
        files += [missing(inbox, key) for key in sorted(wanted - {found.key for found in files})]
        if max((found.size for found in files), default=0) < WORTH_THREADS:
            con.execute("set threads = 1")  # handing small files to threads costs more than it saves
        # Rows that are about to move on are not worth the search for what each column's texts have in common.
        con.execute("set disabled_compression_methods = 'dictionary,fsst'")
        for script in ("ingest/types", "ingest/preview/shapes"):
            con.execute(library_sql(script))
        for number, found in enumerate(files, start=1):
            said = _take(con, settings, house, found, result)
            log.info("[%d/%d] %s (%.1f kB): %s", number, len(files), found.name, found.size / 1000, said)
    result.seconds = round(time.monotonic() - start, 1)
    return result


def _take(con: duckdb.DuckDBPyConnection, settings: Settings, house: House, found: Found, result: Loaded) -> str:
    try:
        if unfinished(found, settings.settle_seconds):
            raise RejectedError("changed")
        fetch(found)
        with original_of(found, settings.archive) as original:
            return _take_fetched(con, settings, house, found, original, result)
    except RejectedError as why:
        return _leave(con, settings, house, found, None, why, result)
    finally:
        let_go(found)
        forget_rows(con)
        con.execute(library_sql("ingest/clear"))


def _take_fetched(
    con: duckdb.DuckDBPyConnection, settings: Settings, house: House, found: Found, original: Original, result: Loaded
) -> str:
    result.bytes += found.size
    try:
        if not found.size:
            raise RejectedError("empty")
        recognised = recognise(found.path, house.contracts)
        shop = shop_of(found, recognised.contract, house.shops)
        taken = take(found, original.sha256, recognised, shop)
        return _load(con, settings, house, taken, original, result)
    except (RejectedError, OSError) as error:
        original.wait()  # it may change, or vanish, while it is copied
        why = what_became_of(found) or error
        if isinstance(why, OSError):
            raise  # the file is as it was: the disk is at fault, and not for this file alone
        return _leave(con, settings, house, found, original, why, result)


def _leave(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    house: House,
    found: Found,
    original: Original | None,
    why: RejectedError,
    result: Loaded,
) -> str:
    if why.code == "changed":
        result.waiting += 1
        return f"waits: {why}"
    _reject(con, settings, house, found, None if why.code in TROUBLE else original, why)
    result.rejected += 1
    result.reasons.append(f"{found.name}: {why}")
    return f"rejected: {why}"


def _load(
    con: duckdb.DuckDBPyConnection, settings: Settings, house: House, taken: Taken, original: Original, result: Loaded
) -> str:
    result.files += 1
    if _is_known(con, taken):
        _keep_again(settings, taken, original)
        _remember(con, house, taken.found, taken.load_id)
        result.repeated += 1
        return "the same bytes were loaded before"
    contract = taken.recognised.contract
    scratch = settings.home / "warehouse"
    with watched(con, taken.found.name, taken.found.size, scratch) as step:
        cells = cells_of(con, taken.recognised, taken.lineage)
        counted = read(con, taken.recognised, scratch, cells)  # a try that fails would end a transaction
        step.looking_up(counted.records)
        type_rows(con, taken.recognised, taken.load_id, house.pads)
        step.storing()
        with transaction(con):
            _forget_earlier(con, house, taken)
            enter(con, settings, taken, counted)
            if any(column.type == "pseudonym" for column in contract.columns.values()):
                record_key(con, house.pads)
            if trouble := what_became_of(taken.found):
                raise trouble  # what was read is not what lies there, or not all of it
            _remember(con, house, taken.found, taken.load_id)
            original.keep(_archive_folder(settings, taken))
    counts = con.execute(
        "select rows_loaded, rows_quarantined, rows_skipped from loads where load_id = $1", [taken.load_id]
    ).fetchone()
    assert counts is not None
    result.rows += counts[0]
    result.quarantined += counts[1]
    result.skipped += counts[2]
    summary = (
        f"{contract.export} of {taken.shop.name}, {counts[0]:,} rows, {counts[1]} quarantined, {counts[2]} skipped"
    )
    if not any(counts[:2]):
        summary = f"{contract.export} of {taken.shop.name}, no rows yet"
    others = ", ".join(taken.recognised.other_sheets)
    return f"{summary}; sheets not read: {others}" if others else summary


def _archive_folder(settings: Settings, taken: Taken) -> Path:
    folder = settings.archive / taken.shop.name / taken.hashed()[:16]
    return folder / taken.found.place_name.split("/")[0] if taken.day else folder


def _keep_again(settings: Settings, taken: Taken, original: Original) -> None:
    """An original that was lost or removed comes back with the same bytes."""
    folder = _archive_folder(settings, taken)
    if not any(folder.glob("*")):
        original.keep(folder)


def _is_known(con: duckdb.DuckDBPyConnection, taken: Taken) -> bool:
    """Whether the same bytes count already: their hash is waited for only where a file of that size was loaded."""
    if not con.execute("select 1 from loads where bytes = $1 limit 1", [taken.found.size]).fetchone():
        return False
    known = con.execute("select exported_at from loads where load_id = $1", [taken.load_id]).fetchone()
    exported_at, rule = taken.exported_at()
    is_stated_anew = known is not None and rule == "name" and exported_at > known[0]  # what was corrected has come back
    return known is not None and not is_stated_anew


def enter(con: duckdb.DuckDBPyConnection, settings: Settings, taken: Taken, counted: Counted) -> None:
    """Put the rows of ``typed`` among those that wait for their checks, the others into quarantine; count all."""
    _quarantine(con, settings, taken)
    contract, (exported_at, rule) = taken.recognised.contract, taken.exported_at()
    target = f"incoming.{contract.export}"
    columns = (duckdb.ColumnExpression(name) for name in con.table(target).columns)
    con.view("typed").filter("problem is null").select(*columns).insert_into(target)
    span_first, span_last = stated_span(taken.recognised)
    entry = {
        "load_id": taken.load_id,
        "source": contract.export,
        "shop": taken.shop.name,
        "file": taken.found.name,
        "sha256": taken.hashed(),
        "bytes": taken.found.size,
        "exported_at": exported_at,
        "version_rule": rule,
        "contract_hash": contract.hash,
        "rows_read": counted.records,
        "span_first": span_first,
        "span_last": span_last,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }
    con.execute(library_sql("ingest/enter"), entry)


def _forget_earlier(con: duckdb.DuckDBPyConnection, house: House, taken: Taken) -> None:
    """The same bytes read by an older version of a contract, or exported before, leave the warehouse."""
    earlier = con.execute(
        """
        select load_id from loads
        where sha256 = $1 and coalesce(shop, $2) = $2 and (load_id = $3 or contract_hash is distinct from $4)
        """,
        [taken.hashed(), taken.shop.name, taken.load_id, taken.recognised.contract.hash],
    ).fetchall()
    if not earlier:
        return
    kept = {f"{schema}.{c.table}" for schema in ("main", "apart") for c in house.contracts.values()}
    tables = kept | {f"incoming.{name}" for name in house.contracts}
    for (load_id,) in earlier:
        for table in sorted(tables):
            con.execute(on_tables("delete from target where load_id = $1", {"target": table}), [load_id])
        for statement in (
            "delete from quarantine where load_id = $1",
            "delete from checks where load_id = $1",
            "delete from loads where load_id = $1",
        ):
            con.execute(statement, [load_id])


def _quarantine(con: duckdb.DuckDBPyConnection, settings: Settings, taken: Taken) -> None:
    """Keep each row that cannot be loaded, with the reason; never a cell that holds personal data."""
    contract = taken.recognised.contract
    load = {"load_id": taken.load_id, "source": contract.export, "shop": taken.shop.name, "file": taken.found.name}
    con.execute(library_sql("ingest/broken"), load)
    personal = bool(contract.drop) or any(column.type in PERSONAL for column in contract.columns.values())
    problems = con.execute("select distinct problem from typed where problem is not null order by problem").fetchall()
    for (name,) in problems:
        column = contract.columns[name]
        header = taken.recognised.title_of(column)
        said = {"problem": name, "headers": header, "type": column.type, "personal": personal}
        con.execute(library_sql("ingest/unreadable"), {"file": taken.found.name, **said})


def _remember(con: duckdb.DuckDBPyConnection, house: House, found: Found, load_id: str) -> None:
    con.execute(
        "insert or replace into seen (path, size, modified_ns, etag, known_hash, load_id) "
        "values ($1, $2, $3, $4, $5, $6)",
        [*found.identity, house.known, load_id],
    )
    con.execute("delete from loads where load_id = $1", [_trouble_id(found)])


def _trouble_id(found: Found) -> str:
    """The ledger's entry of a file that could not be read; it leaves the ledger once the file can be."""
    return hashlib.sha256(f"{found.key}|trouble".encode()).hexdigest()[:16]


def _reject(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    house: House,
    found: Found,
    original: Original | None,
    why: RejectedError,
) -> None:
    """Enter a file that was not taken; one that could not be read (``original`` is None) is tried again every night."""
    sha256, load_id = "", _trouble_id(found)
    reason = sentence(settings.include, "en", why.code, why.values, str(why))
    if original:
        sha256 = original.sha256()
        load_id = hashlib.sha256(f"{sha256}|{found.folder}|rejected".encode()).hexdigest()[:16]
        folder = settings.rejected / sha256[:16]
        original.keep(folder)
        note = folder / f"{found.name.encode()[:LONGEST_NAME].decode(errors='ignore')}.reason.txt"
        write_whole(note, f"{found.name}: {reason}\n".encode())
    entry = {
        "load_id": load_id,
        "shop": found.folder,
        "file": found.name,
        "sha256": sha256,
        "bytes": found.size,
        "reason": reason,
        "reason_code": why.code,
        "reason_values": why.values_json,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }
    with transaction(con):
        con.execute(library_sql("ingest/reject"), entry)
        if sha256:
            _remember(con, house, found, load_id)
