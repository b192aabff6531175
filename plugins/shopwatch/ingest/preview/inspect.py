"""Inspection of a file without loading it, by the same steps as the load."""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb

from shopwatch.catalog.contracts import PERSONAL, Contract
from shopwatch.catalog.headers import plain, position_of, readable_header
from shopwatch.catalog.shops import Shop
from shopwatch.core.reasons import sentence
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.check import check_and_settle, name_of, settle, undated
from shopwatch.ingest.date_orders import DateOrders, may_be_unclear, written_dates
from shopwatch.ingest.decimals import read_values
from shopwatch.ingest.detect import (
    Detection,
    RejectedError,
    container_of,
    detect_contract,
    first_lines,
    missing_columns,
    similar_header,
)
from shopwatch.ingest.detected_file import DetectedFile, detect_file, shop_of
from shopwatch.ingest.header_index import missing_headers
from shopwatch.ingest.inbox import InboxFile, readable, unfinished
from shopwatch.ingest.ledger import enter, quarantine_broken
from shopwatch.ingest.nearest import HeaderWeights
from shopwatch.ingest.preview.vocabulary import load_vocabulary
from shopwatch.ingest.profile import any_personal, look, make_macros, profiles, read_apart, with_all_columns
from shopwatch.ingest.pseudonyms import BLOCK, HmacPads
from shopwatch.ingest.readers import encoding_of
from shopwatch.ingest.typed_rows import forget_rows, type_rows
from shopwatch.warehouse.connections import raw_warehouse, transaction

FIRST_ROWS = 3
FIRST_PROBLEMS = 20
MOST_NEAR = 3
OF_HEADERS = frozenset({"unknown", "unknown_headers", "unknown_unless", "missing_columns", "renamed_columns"})
"""Codes of rejections by headers; the nearest contracts are worth reporting for them."""
HIDDEN = "(hidden)"
TEXTS = frozenset({"text", "category"})
NOBODY = Shop(title="", platform="", currency="")  # supplies the time zone before the shop is known
SPACE = re.compile(r"[\s:：,，]+")
NO_KEY = HmacPads(bytes(BLOCK), bytes(BLOCK))  # pseudonyms are not shown, so the installation's key is not needed


@dataclass(frozen=True)
class NearMiss:
    """Contract that a rejected file nearly matches; ``missing``: header -> most similar header on that line."""

    export: str
    line: int
    missing: dict[str, str | None]


@dataclass(frozen=True)
class MappedColumn:
    """Column of the contract with its header and position in the file (from 1); None if absent."""

    column: str
    type: str
    header: str | None
    place: int | None


@dataclass(frozen=True)
class Problem:
    """Line that would go to quarantine; ``value`` is None or hidden if it may be personal."""

    line: int | None
    header: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class TrialLoad:
    """Check of the contract and its number of failing rows among the readable ones."""

    check: str
    level: str
    failed: int


@dataclass
class Inspection:
    """Inspection result of a file.

    ``header_line`` 0: no header row. ``first_rows``: line, day and columns of each row, without personal ones.
    """

    file: str
    verdict: Literal["loads", "quarantine", "fails", "rejected"] = "loads"
    reason: str | None = None
    container: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    preamble: list[str] = field(default_factory=list)
    export: str | None = None
    title: str | None = None
    because: dict[str, int] = field(default_factory=dict)
    passed_over: list[str] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)
    is_own: bool = False
    near: list[NearMiss] = field(default_factory=list)
    columns: list[MappedColumn] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    suspected: dict[str, str] = field(default_factory=dict)
    shop: str | None = None
    exported_at: datetime | None = None
    version_rule: str | None = None
    day_rule: str | None = None
    stated_day: date | None = None
    constants: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    days: dict[str, Any] = field(default_factory=dict)
    first_rows: list[dict[str, Any]] = field(default_factory=list)
    checks: list[TrialLoad] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def inspect(
    settings: Settings,
    contracts: dict[str, Contract],
    shops: dict[str, Shop],
    path: Path,
    shop: str | None = None,
    *,
    checks: bool = True,
) -> Inspection:
    """Predict load and checks of a file without leaving a trace on disk.

    ``shop``: overrides the shop given by the inbox folder. ``checks``: run Great Expectations, too.
    Raises OSError if the file cannot be read.
    """
    seen = Inspection(readable(path.name))
    inbox = settings.inbox if settings.inbox_is_folder else settings.home / "inbox"
    found = _found(path, shop if shop is not None else _folder_in(inbox, path))
    try:
        if unfinished(found, settle_seconds=0) or not found.size:
            raise RejectedError("unfinished")
        seen.container = container_of(path)
        seen.encoding = encoding_of(path) if seen.container == "text" else None
        detection = detect_contract(path, contracts)
        _describe_contract(seen, detection)
        owner = _owner(settings, found, detection.contract, shops, asked=shop is not None)
        detected = detect_file(found, str, detection, owner or NOBODY)
        _describe_version(seen, detected)
        _try_load(seen, settings, detected, checks)
    except RejectedError as why:
        seen.verdict, seen.reason = "rejected", str(why)
        if why.code in OF_HEADERS:
            seen.near = _nearest(path, contracts)
    return seen


def _found(path: Path, folder: str | None) -> InboxFile:
    stat = path.stat()
    key = os.fsencode(path.absolute()).decode("utf-8", "backslashreplace")
    return InboxFile(path, key, folder, readable(path.name), stat.st_size, stat.st_mtime_ns)


def _folder_in(inbox: Path, path: Path) -> str | None:
    inside = path.absolute().is_relative_to(inbox)
    parts = path.absolute().relative_to(inbox).parts if inside else ()
    return readable(parts[0]) if len(parts) > 1 else None


def _owner(
    settings: Settings, found: InboxFile, contract: Contract, shops: dict[str, Shop], asked: bool
) -> Shop | None:
    """Shop as in a load; None for a file outside the inbox, which has not been dropped yet."""
    try:
        return shop_of(found, contract, shops)
    except RejectedError:
        if asked or found.path.absolute().is_relative_to(settings.inbox):
            raise
        return None


def _describe_contract(seen: Inspection, found: Detection) -> None:
    contract = found.contract
    seen.export, seen.title = contract.export, contract.title.en
    seen.other_sheets = list(found.other_sheets)
    seen.passed_over, seen.is_own = list(found.passed_over), contract.is_own
    seen.header_line, seen.preamble = found.header_line, [line.strip() for line in found.preamble]
    seen.delimiter = found.delimiter if found.container == "text" else None
    aliases = {plain(h): c.headers for c in contract.columns.values() for h in c.headers}
    for header_name in contract.recognise if found.has_header else ():
        place = position_of((header_name, *aliases.get(plain(header_name), ())), found.headers)
        if place is not None:
            seen.because[found.titles[place]] = place + 1
    for name, column in contract.columns.items():
        place = position_of(column.headers, found.headers)
        title = None if place is None else found.titles[place]
        seen.columns.append(MappedColumn(name, column.type, title, None if place is None else place + 1))
    seen.constants = dict(contract.constants)
    used = {column.header for column in seen.columns}
    dropped, totals = set(map(plain, contract.drop)), set(map(plain, contract.skip))
    for header, title in zip(found.headers, found.titles, strict=True):
        if header in dropped:
            seen.dropped.append(title)
        elif header and title not in used and header not in totals:
            seen.ignored.append(title)


def _describe_version(seen: Inspection, detected: DetectedFile) -> None:
    contract = detected.detection.contract
    seen.shop = detected.shop.name or None
    seen.exported_at, seen.version_rule = detected.exported_at()
    seen.stated_day = detected.day
    if contract.day == "version":
        starts = f", which starts at {contract.day_starts_at:02}:00" if contract.day_starts_at else ""
        seen.day_rule = f"that of the export{starts}"
    elif seen.stated_day:
        seen.day_rule = f"{seen.stated_day}, which the file states"
    else:
        seen.day_rule = " else ".join(contract.day)


def _try_load(seen: Inspection, settings: Settings, detected: DetectedFile, checks: bool) -> None:
    """Load and check the file in a temporary home."""
    contract = detected.detection.contract
    only = {contract.export: contract}
    with tempfile.TemporaryDirectory(prefix="shopwatch-") as home:
        apart = settings.model_copy(update={"home": Path(home)})
        with raw_warehouse(apart, only) as con:
            make_macros(con, settings, detected.found.path)
            if may_be_unclear(detected):
                dates = written_dates(con, detected, Path(home))
                detected = replace(detected, date_order=dates.proven_order() or DateOrders().order_by_others(detected))
            detected, counted = read_values(con, detected, Path(home))
            type_rows(con, detected.detection, detected.lineage, detected.load_id, NO_KEY)
            first, last, days = con.execute(library_sql("ingest/preview/counts")).fetchall()[0]
            seen.days = {"first": first, "last": last, "count": days}
            seen.preamble = [HIDDEN if any_personal(con, SPACE.split(line)) else line for line in seen.preamble]
            seen.suspected = _suspected(settings, detected.detection)
            seen.first_rows = _first_rows(con, seen)
            seen.problems = _problems(con, settings, seen, contract)
            quarantine_broken(con, settings, detected)
            enter(con, settings, [(detected, counted)])
            forget_rows(con)
        if checks:
            check_and_settle(apart, only, quietly=True)
        else:
            with raw_warehouse(apart, only) as con, transaction(con):
                settle(con, settings, contract, [undated(contract)])
        with raw_warehouse(apart, only) as con:
            _describe_rows(seen, settings, con)
            if checks:
                _describe_checks(seen, settings, con, contract)


def _describe_rows(seen: Inspection, settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    (*counts, code, values) = con.execute(library_sql("ingest/preview/ledger")).fetchall()[0]
    seen.rows = dict(zip(("read", "good", "quarantined", "skipped"), counts, strict=True))
    if code:
        seen.verdict, seen.reason = "fails", sentence(settings.include, "en", code, json.loads(values))
    elif seen.rows["quarantined"]:
        seen.verdict = "quarantine"


def _describe_checks(seen: Inspection, settings: Settings, con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    failed = dict(con.execute("select check_name, failed from checks").fetchall())
    seen.checks = [TrialLoad(name_of(c), c.level, failed.get(name_of(c), 0)) for c in contract.all_checks()]
    headers = {column.column: column.header for column in seen.columns}
    for line, name, code, values in con.execute(library_sql("ingest/preview/unchecked"), [FIRST_PROBLEMS]).fetchall():
        message = sentence(settings.include, "en", code, json.loads(values))
        seen.problems.append(Problem(line, headers.get(name), None, message))
    seen.problems = sorted(seen.problems, key=lambda problem: problem.line or 0)[:FIRST_PROBLEMS]


def _suspected(settings: Settings, found: Detection) -> dict[str, str]:
    """Header -> reason to suspect personal data that the contract does not declare."""
    known = {plain(header) for header in found.contract.personal}
    mapped = {plain(h): c.type for c in found.contract.columns.values() for h in c.headers}
    words = load_vocabulary(settings.include)
    with read_apart(settings, with_all_columns(found)) as (con, _):
        look(con, without={})
        values = profiles(con, settings)
    suspected = {}
    for position, (header, title) in enumerate(zip(found.headers, found.titles, strict=True)):
        if not header or header in known or mapped.get(header, "text") not in TEXTS:
            continue
        profile, personal_kind = values.get(position), words.personal_of(title)
        if personal_kind or words.is_buyer(title):
            suspected[title] = f"the header contains {personal_kind or 'an account'}"
        elif profile and profile.shape:
            suspected[title] = f"values look like: {profile.shape}"
        elif profile and profile.maybe_names and header not in mapped:
            suspected[title] = "values may be names"
    return suspected


def _first_rows(con: duckdb.DuckDBPyConnection, seen: Inspection) -> list[dict[str, Any]]:
    shown = [c.column for c in seen.columns if c.type not in PERSONAL and c.header not in seen.suspected]
    names = ["line", "day", *shown]
    rows = con.view("typed").filter("problem is null").order("line").limit(FIRST_ROWS)
    values = rows.select(*map(duckdb.ColumnExpression, names)).fetchall()
    return [dict(zip(names, row, strict=True)) for row in values]


def _problems(
    con: duckdb.DuckDBPyConnection, settings: Settings, seen: Inspection, contract: Contract
) -> list[Problem]:
    rows = con.execute(library_sql("ingest/preview/problems"), {"most": FIRST_PROBLEMS}).fetchall()
    headers = {column.column: column.header for column in seen.columns}
    problems = []
    for line, name, cell, code, values, is_personal, maybe_name in rows:
        if name is None:
            problems.append(Problem(line, None, None, sentence(settings.include, "en", code, json.loads(values))))
            continue
        kind = contract.columns[name].type
        hide = is_personal or headers[name] in seen.suspected or (maybe_name and kind != "category")
        problems.append(Problem(line, headers[name], HIDDEN if hide else cell, f"unreadable {kind}"))
    return problems


def _nearest(path: Path, contracts: dict[str, Contract]) -> list[NearMiss]:
    """Plausible contracts that share most headers with a line of the file, with the headers that the line lacks."""
    weights = HeaderWeights(contracts.values())
    best: dict[str, tuple[float, NearMiss]] = {}
    for line, cells in (record for _, records in first_lines(path)[1] for record in records):
        headers = {plain(cell) for cell in cells} - {""}
        for name, contract in contracts.items():
            missing = missing_headers(contract, headers)
            share = 1 - len(missing) / len(contract.recognise)
            if share > 0 and (name not in best or share > best[name][0]):
                wanted = missing or [column.headers[0] for column in missing_columns(contract, tuple(headers))]
                similar = {readable_header(h): similar_header(h, contract, headers) for h in wanted}
                if any(similar.values()) or weights.are_plausible(contract, headers):
                    best[name] = (share, NearMiss(name, line, similar))
    ranked = sorted(best.values(), key=lambda entry: -entry[0])
    return [near for _, near in ranked[:MOST_NEAR]]
