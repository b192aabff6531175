"""Files into the raw warehouse: one transaction a file, one ledger row a file, the same bytes once."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from shopwatch.exports.clean import Lineage, cells_of, forget_rows, type_rows
from shopwatch.exports.contract import PERSONAL, Contract, load_contracts
from shopwatch.exports.inbox import (
    TROUBLE,
    Found,
    Inbox,
    fetch,
    find,
    let_go,
    missing,
    open_inbox,
    private_folder,
    unfinished,
    what_became_of,
)
from shopwatch.exports.period import stated_day
from shopwatch.exports.privacy import Pads, pads
from shopwatch.exports.progress import watched
from shopwatch.exports.readers import Counted, read, sha256_of
from shopwatch.exports.reasons import RejectedError, sentence
from shopwatch.exports.recognise import Recognised, recognise
from shopwatch.settings import Settings
from shopwatch.shops import Shop, load_shops
from shopwatch.warehouse import on_tables, raw_warehouse, sql_text, transaction

log = logging.getLogger("shopwatch.load")

UNKNOWN = "unknown"
WORTH_THREADS = 16 << 20  # bytes


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
    """Read contracts and shops. Raises ContractError."""
    contracts, shops = load_contracts(settings.include), load_shops(settings)
    content = repr(sorted((c.export, c.hash) for c in contracts.values())) + repr(sorted(shops))
    return House(contracts, shops, pads(settings), hashlib.sha256(content.encode()).hexdigest())


def find_sources(settings: Settings, inbox: Inbox | None = None) -> dict[str, list[str]]:
    """Export name -> the new whole files of it in the inbox, ``unknown`` for those that nobody can tell.

    Files that are still being written are left for the next night; known ones are not opened. Raises
    OSError where the inbox cannot be listed.
    """
    house = declared(settings)
    sources: dict[str, list[str]] = {}
    with raw_warehouse(settings, house.contracts) as con:
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
    with raw_warehouse(settings, house.contracts) as con:
        files = [found for found in find(inbox, settings.fetched) if found.key in wanted]
        files += [missing(inbox, key) for key in sorted(wanted - {found.key for found in files})]
        if max((found.size for found in files), default=0) < WORTH_THREADS:
            con.execute("set threads = 1")  # handing small files to threads costs more than it saves
        # Rows that are about to move on are not worth the search for what each column's texts have in common.
        con.execute("set disabled_compression_methods = 'dictionary,fsst'")
        con.execute(sql_text(settings, "types"))
        for number, found in enumerate(files, start=1):
            said = _take(con, settings, house, found, result)
            log.info("[%d/%d] %s (%.1f kB): %s", number, len(files), found.name, found.size / 1000, said)
    result.seconds = round(time.monotonic() - start, 1)
    return result


def _take(con: duckdb.DuckDBPyConnection, settings: Settings, house: House, found: Found, result: Loaded) -> str:
    sha256 = ""
    try:
        if unfinished(found, settings.settle_seconds):
            raise RejectedError("changed")
        fetch(found)
        sha256 = sha256_of(found.path)
        result.bytes += found.size
        if not found.size:
            raise RejectedError("empty")
        recognised = recognise(found.path, house.contracts)
        shop = shop_of(found, recognised.contract, house.shops)
        day = stated_day(recognised, found.place_name)
        return _load(con, settings, house, Taken(found, sha256, recognised, shop, day), result)
    except (RejectedError, OSError) as error:
        why = error if sha256 == "" and isinstance(error, RejectedError) else what_became_of(found) or error
        if isinstance(why, OSError):
            raise  # the file is as it was: the disk is at fault, and not for this file alone
        if why.code == "changed":
            result.waiting += 1
            return f"waits: {why}"
        _reject(con, settings, house, found, "" if why.code in TROUBLE else sha256, why)
        result.rejected += 1
        result.reasons.append(f"{found.name}: {why}")
        return f"rejected: {why}"
    finally:
        let_go(found)
        forget_rows(con)
        con.execute(sql_text(settings, "load/clear"))


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
    """A file of which it is known how to read it and whose it is; ``day``: the one that it states itself."""

    found: Found
    sha256: str
    recognised: Recognised
    shop: Shop
    day: date | None

    @property
    def load_id(self) -> str:
        """The same bytes, shop and contract give the same id on every machine, in any order.

        Where the time of the export or the file's name is the day, the same bytes of another day are another load.
        """
        contract = self.recognised.contract
        content = f"{self.sha256}|{self.shop.name}|{contract.hash}"
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
        return Lineage(self.load_id, shop.name, self.exported_at()[0], shop.timezone, self.day, shop.currency or None)


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


def _load(con: duckdb.DuckDBPyConnection, settings: Settings, house: House, taken: Taken, result: Loaded) -> str:
    result.files += 1
    exported_at, rule = taken.exported_at()
    known = con.execute("select exported_at from loads where load_id = $1", [taken.load_id]).fetchone()
    if known and not (rule == "name" and exported_at > known[0]):  # stated anew: what was corrected has come back
        _remember(con, house, taken.found, taken.load_id)
        result.repeated += 1
        return "the same bytes were loaded before"
    contract = taken.recognised.contract
    scratch = settings.home / "warehouse"
    with watched(con, taken.found.name, taken.found.size, scratch) as step:
        cells = cells_of(con, taken.recognised, taken.lineage)
        counted = read(con, taken.recognised, scratch, cells)  # a try that fails would end a transaction
        step.looking_up(counted.records)
        type_rows(con, taken.recognised, house.pads)
        step.storing()
        with transaction(con):
            _forget_earlier(con, house, taken)
            enter(con, settings, taken, counted)
            if trouble := what_became_of(taken.found):
                raise trouble  # what was read is not what lies there, or not all of it
            _remember(con, house, taken.found, taken.load_id)
            put_away = settings.archive / taken.shop.name / taken.sha256[:16]
            _archive(put_away / taken.found.place_name.split("/")[0] if taken.day else put_away, taken.found)
    counts = con.execute(
        "select rows_loaded, rows_quarantined, rows_skipped from loads where load_id = $1", [taken.load_id]
    ).fetchone()
    assert counts is not None
    result.rows += counts[0]
    result.quarantined += counts[1]
    result.skipped += counts[2]
    said = f"{contract.export} of {taken.shop.name}, {counts[0]:,} rows, {counts[1]} quarantined, {counts[2]} skipped"
    return said if any(counts[:2]) else f"{contract.export} of {taken.shop.name}, no rows yet"


def enter(con: duckdb.DuckDBPyConnection, settings: Settings, taken: Taken, counted: Counted) -> None:
    """Put the rows of ``typed`` among those that wait for their checks, the others into quarantine; count all."""
    _quarantine(con, settings, taken)
    contract, (exported_at, rule) = taken.recognised.contract, taken.exported_at()
    target = f"incoming.{contract.export}"
    columns = (duckdb.ColumnExpression(name) for name in con.table(target).columns)
    con.view("typed").filter("problem is null").select(*columns).insert_into(target)
    entry = {
        "load_id": taken.load_id,
        "source": contract.export,
        "shop": taken.shop.name,
        "file": taken.found.name,
        "sha256": taken.sha256,
        "bytes": taken.found.size,
        "exported_at": exported_at,
        "version_rule": rule,
        "contract_hash": contract.hash,
        "rows_read": counted.records,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }
    con.execute(sql_text(settings, "load/enter"), entry)


def _forget_earlier(con: duckdb.DuckDBPyConnection, house: House, taken: Taken) -> None:
    """The same bytes read by an older version of a contract, or exported before, leave the warehouse."""
    earlier = con.execute(
        """
        select load_id from loads
        where sha256 = $1 and coalesce(shop, $2) = $2 and (load_id = $3 or contract_hash is distinct from $4)
        """,
        [taken.sha256, taken.shop.name, taken.load_id, taken.recognised.contract.hash],
    ).fetchall()
    if not earlier:
        return
    tables = {c.table for c in house.contracts.values()} | {f"incoming.{name}" for name in house.contracts}
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
    con.execute(sql_text(settings, "load/broken"), load)
    personal = bool(contract.drop) or any(column.type in PERSONAL for column in contract.columns.values())
    problems = con.execute("select distinct problem from typed where problem is not null order by problem").fetchall()
    for (name,) in problems:
        column = contract.columns[name]
        said = {"problem": name, "headers": " / ".join(column.headers), "type": column.type, "personal": personal}
        con.execute(sql_text(settings, "load/unreadable"), {"file": taken.found.name, **said})


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


def _archive(folder: Path, found: Found) -> None:
    """Keep the original, with its time, for its owner's eyes only."""
    private_folder(folder)
    copy = folder / found.name
    if not copy.exists():
        partial = copy.with_name(f".{copy.name}.part")
        shutil.copy2(found.path, partial)
        partial.chmod(0o600)
        partial.replace(copy)


def _reject(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    house: House,
    found: Found,
    sha256: str,
    why: RejectedError,
) -> None:
    """Enter a file that was not taken; one that could not be read (``sha256`` is empty) is tried again every night."""
    load_id = hashlib.sha256(f"{sha256}|{found.folder}|rejected".encode()).hexdigest()[:16]
    reason = sentence(settings.include, "en", why.code, why.values, str(why))
    if sha256:
        folder = settings.rejected / sha256[:16]
        _archive(folder, found)
        note = folder / f"{found.name}.reason.txt"
        note.write_text(f"{found.name}: {reason}\n", "utf-8")
        note.chmod(0o600)
    entry = {
        "load_id": load_id if sha256 else _trouble_id(found),
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
        con.execute(sql_text(settings, "load/reject"), entry)
        if sha256:
            _remember(con, house, found, load_id)
