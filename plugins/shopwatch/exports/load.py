"""Files into the raw warehouse: one transaction a file, one ledger row a file, the same bytes once."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from shopwatch.exports.clean import Lineage, type_rows
from shopwatch.exports.contract import Contract, load_contracts
from shopwatch.exports.inbox import Found, find, unfinished
from shopwatch.exports.period import stated_day
from shopwatch.exports.privacy import Pads, pads
from shopwatch.exports.readers import read, sha256_of
from shopwatch.exports.recognise import Recognised, RejectedError, recognise
from shopwatch.settings import Settings
from shopwatch.shops import Shop, load_shops
from shopwatch.warehouse import on_tables, raw_warehouse, sql_text, transaction

log = logging.getLogger("shopwatch.load")

UNKNOWN = "unknown"
WORTH_THREADS = 16 << 20  # bytes


@dataclass
class Loaded:
    """Counts of one source's files and rows."""

    source: str
    files: int = 0
    repeated: int = 0
    rejected: int = 0
    rows: int = 0
    quarantined: int = 0
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


def find_sources(settings: Settings, inbox: Path | None = None) -> dict[str, list[str]]:
    """Export name -> the new whole files of it in the inbox, ``unknown`` for those nobody knows.

    Files that are still being written are left for the next night; known ones are not opened.
    """
    house = declared(settings)
    sources: dict[str, list[str]] = {}
    with raw_warehouse(settings, house.contracts) as con:
        seen = {tuple(row) for row in con.execute("select path, size, modified_ns, known_hash from seen").fetchall()}
    waiting = 0
    for found in find(inbox or settings.inbox):
        if (found.key, found.size, found.modified_ns, house.known) in seen:
            continue
        if unfinished(found, settings.settle_seconds):
            waiting += 1
            continue
        try:
            source = recognise(found.path, house.contracts).contract.export
        except RejectedError:
            source = UNKNOWN
        sources.setdefault(source, []).append(found.key)
    log.info(
        "%d new files of %d kinds; %d still being written",
        sum(map(len, sources.values())),
        len(sources),
        waiting,
    )
    return dict(sorted(sources.items()))


def load_files(settings: Settings, source: str, paths: Iterable[str], inbox: Path | None = None) -> Loaded:
    """Load the files of one source; each ends as loaded, repeated or rejected with a reason."""
    house = declared(settings)
    wanted = set(paths)
    result = Loaded(source)
    with raw_warehouse(settings, house.contracts) as con:
        files = [found for found in find(inbox or settings.inbox) if found.key in wanted]
        if max((found.size for found in files), default=0) < WORTH_THREADS:
            con.execute("set threads = 1")  # handing small files to threads costs more than it saves
        con.execute(sql_text(settings, "types"))
        for number, found in enumerate(files, start=1):
            said = _take(con, settings, house, found, result)
            log.info("[%d/%d] %s (%.1f kB): %s", number, len(files), found.name, found.size / 1000, said)
    return result


def _take(con: duckdb.DuckDBPyConnection, settings: Settings, house: House, found: Found, result: Loaded) -> str:
    sha256 = sha256_of(found.path)
    try:
        recognised = recognise(found.path, house.contracts)
        shop = shop_of(found, recognised.contract, house.shops)
        day = stated_day(recognised, "/".join(Path(found.key).parts[-2:]))
        return _load(con, settings, house, _Taken(found, sha256, recognised, shop, day), result)
    except RejectedError as why:
        _reject(con, settings, house, found, sha256, str(why))
        result.rejected += 1
        result.reasons.append(f"{found.name}: {why}")
        return f"rejected: {why}"
    finally:
        con.execute(sql_text(settings, "load/clear"))


def shop_of(found: Found, contract: Contract, shops: dict[str, Shop]) -> Shop:
    """Whose the file is, by its folder in the inbox. Raises RejectedError where nobody can tell."""
    name = found.folder
    if name is None:
        name = contract.default_shop or (next(iter(shops)) if len(shops) == 1 else None)
    if name is None:
        raise RejectedError(
            f"whose is it? it lies outside the shops' folders; put it into one of: {', '.join(sorted(shops))}"
        )
    if name not in shops:
        raise RejectedError(
            f"no shop is called {name}; declare it in shops.yaml, or use one of: {', '.join(sorted(shops))}"
        )
    return shops[name]


@dataclass(frozen=True)
class _Taken:
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


def _load(con: duckdb.DuckDBPyConnection, settings: Settings, house: House, taken: _Taken, result: Loaded) -> str:
    result.files += 1
    exported_at, rule = taken.exported_at()
    known = con.execute("select exported_at from loads where load_id = $1", [taken.load_id]).fetchone()
    if known and not (rule == "name" and exported_at > known[0]):  # stated anew: what was corrected has come back
        _remember(con, house, taken.found, taken.load_id)
        result.repeated += 1
        return "the same bytes were loaded before"
    contract = taken.recognised.contract
    with transaction(con):
        counted = read(con, taken.recognised, settings.home / "warehouse")
        lineage = Lineage(taken.load_id, taken.shop.name, exported_at, taken.shop.timezone, taken.day)
        type_rows(con, taken.recognised, lineage, house.pads)
        _forget_earlier(con, house, taken)
        _quarantine(con, taken)
        target = f"incoming.{contract.export}"
        columns = (duckdb.ColumnExpression(name) for name in con.table(target).columns)
        con.table("temp.typed").filter("problem is null").select(*columns).insert_into(target)
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
        _remember(con, house, taken.found, taken.load_id)
        _archive(settings.archive / taken.shop.name / taken.sha256[:16], taken.found)
    counts = con.execute(
        "select rows_loaded, rows_quarantined from loads where load_id = $1", [taken.load_id]
    ).fetchone()
    assert counts is not None
    result.rows += counts[0]
    result.quarantined += counts[1]
    if not any(counts):
        return f"{contract.export} of {taken.shop.name}, no rows yet"
    return f"{contract.export} of {taken.shop.name}, {counts[0]:,} rows, {counts[1]} quarantined"


def _forget_earlier(con: duckdb.DuckDBPyConnection, house: House, taken: _Taken) -> None:
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


def _quarantine(con: duckdb.DuckDBPyConnection, taken: _Taken) -> None:
    """Keep each row that cannot be loaded, with the reason; never a cell that holds personal data."""
    contract, file = taken.recognised.contract, taken.found.name
    con.execute(
        "insert into quarantine select $1, $2, $3, $4, line, null, null, 'ragged: ' || reason, null from broken",
        [taken.load_id, contract.export, taken.shop.name, file],
    )
    problems = con.execute("select distinct problem from typed where problem is not null order by problem").fetchall()
    for (name,) in problems:
        column = contract.columns[name]
        con.execute(
            """
            insert into quarantine
            select load_id, source, shop, $1, line, $2, problem_value, $3, to_json(typed)
            from typed
            where problem = $4
            """,
            [file, " / ".join(column.headers), f"unreadable {column.type}", name],
        )


def _remember(con: duckdb.DuckDBPyConnection, house: House, found: Found, load_id: str) -> None:
    con.execute(
        "insert or replace into seen values ($1, $2, $3, $4, $5)",
        [found.key, found.size, found.modified_ns, house.known, load_id],
    )


def _archive(folder: Path, found: Found) -> None:
    """Keep the original, with its time, for its owner's eyes only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copy = folder / found.name
    if not copy.exists():
        partial = copy.with_name(f".{copy.name}.part")
        shutil.copy2(found.path, partial)
        partial.chmod(0o600)
        partial.replace(copy)


def _reject(
    con: duckdb.DuckDBPyConnection, settings: Settings, house: House, found: Found, sha256: str, why: str
) -> None:
    load_id = hashlib.sha256(f"{sha256}|{found.folder}|rejected".encode()).hexdigest()[:16]
    folder = settings.rejected / sha256[:16]
    _archive(folder, found)
    (folder / f"{found.name}.reason.txt").write_text(f"{found.name}: {why}\n", "utf-8")
    with transaction(con):
        con.execute(
            sql_text(settings, "load/reject"),
            {
                "load_id": load_id,
                "shop": found.folder,
                "file": found.name,
                "sha256": sha256,
                "bytes": found.size,
                "reason": why,
                "loaded_at": datetime.now(UTC).replace(tzinfo=None),
            },
        )
        _remember(con, house, found, load_id)
