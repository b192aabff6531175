"""Report of ``inspect`` for people: one screen, in colour only on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from shopwatch.catalog.contracts import PERSONAL
from shopwatch.ingest.preview.inspect import HIDDEN, Inspection

VERDICT = {
    "loads": ("green", "would load in full"),
    "quarantine": ("yellow", "would load, but some rows would go to quarantine"),
    "fails": ("red", "would not count"),
    "rejected": ("red", "would be rejected"),
}
DOES = {"fail": "go to quarantine", "warn": "still count, with a warning"}
DELIMITERS = {",": "comma", ", ": "comma", "\t": "tab", ";": "semicolon", "; ": "semicolon", "|": "bar"}
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}
RULES = {
    "name": "the file's name states it",
    "rows": "the modification time in the rows decides first, then the file's own",
    "mtime": "the file's modification time",
}
PLAIN_WIDTH = 160


def print_report(console: Console, seen: Inspection) -> None:
    """Print the report; without a terminal as plain text, with lines not wrapped at its width."""
    if console.is_terminal:
        for part in _parts(seen, box.SIMPLE_HEAD):
            console.print(part, highlight=False)
        return
    page = Console(file=io.StringIO(), width=PLAIN_WIDTH, color_system=None)
    with page.capture() as capture:
        for part in _parts(seen, None):
            page.print(part, highlight=False)
    console.out("\n".join(map(str.rstrip, capture.get().splitlines())), highlight=False)


def _parts(seen: Inspection, frame: box.Box | None) -> Iterator[RenderableType]:
    colour, label = VERDICT[seen.verdict]
    yield Text.assemble((seen.file, "bold"), ": ", (label, f"bold {colour}"))
    if seen.reason:
        yield Text(f"  {seen.reason}", colour)
    yield _facts(seen)
    tables: list[Table] = []
    if seen.columns:
        tables.append(_columns(seen, frame))
    if seen.suspected:
        tables.append(_table(frame, "perhaps personal, not shown", "why", list(seen.suspected.items())))
    if seen.near:
        tables.append(_near(seen, frame))
    if failed := [tried for tried in seen.checks if tried.failed]:
        rows = [(tried.check, f"{tried.failed:,} rows {DOES[tried.level]}") for tried in failed]
        tables.append(_table(frame, "checks that fail", "effect on the rows", rows))
    if seen.problems:
        tables.append(_problems(seen, frame))
    for table in tables:
        if frame is None:
            yield ""
        yield table


def _facts(seen: Inspection) -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _fact_rows(seen):
        facts.add_row(Text(name), Text(value))
    return facts


def _fact_rows(seen: Inspection) -> Iterator[tuple[str, str]]:
    if seen.container:
        kinds = (seen.container, ENCODINGS.get(seen.encoding or ""), DELIMITERS.get(seen.delimiter or ""))
        yield "container", ", ".join(kind for kind in kinds if kind)
    if seen.header_line is None:
        return
    yield "header row", f"line {seen.header_line}" if seen.header_line else "no header: read by the declared order"
    for number, line in enumerate(seen.preamble):
        if line:
            yield "" if number else "above it", line
    yield "contract", f"{seen.export} ({seen.title})"
    if seen.because:
        yield "because of", ", ".join(f"{header} (column {place})" for header, place in seen.because.items())
    if seen.passed_over:
        better = "your own contract comes first" if seen.is_own else "this contract fits the file more closely"
        yield "also fits", f"{', '.join(seen.passed_over)}: {better}"
    if seen.other_sheets:
        yield "not read", f"sheets {', '.join(seen.other_sheets)}"
    if seen.dropped:
        yield "dropped", f"{', '.join(seen.dropped)}: personal, never stored"
    if seen.ignored:
        yield "ignored", ", ".join(seen.ignored)
    if seen.constants:
        yield "constants", ", ".join(f"{name} = {value}" for name, value in seen.constants.items())
    if seen.version_rule is None:
        return
    yield "shop", seen.shop or "unknown: set by its folder in the inbox, or --shop"
    yield "exported at", f"{seen.exported_at}: {RULES.get(seen.version_rule, seen.version_rule)}"
    yield "day", seen.day_rule or ""
    if seen.rows:
        rows = seen.rows
        yield (
            "rows",
            f"{rows['read']:,} read: {rows['good']:,} good, {rows['quarantined']:,} to quarantine, "
            f"{rows['skipped']:,} skipped as totals",
        )
        yield "days", _days(seen)
    if seen.checks:
        passed = sum(not tried.failed for tried in seen.checks)
        yield "checks", f"{passed} of {len(seen.checks)} pass"


def _days(seen: Inspection) -> str:
    first, last, count = (seen.days[name] for name in ("first", "last", "count"))
    if not count:
        return "none"
    return f"{count}, {first}" if first == last else f"{count}, {first} to {last}"


def _columns(seen: Inspection, frame: box.Box | None) -> Table:
    """One line per column of the contract, followed by the first rows."""
    table = Table(box=frame, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("column", "header", "type", *(f"line {row['line']}" for row in seen.first_rows)):
        table.add_column(title, overflow="fold" if title == "column" else "ellipsis", max_width=28)
    for column in seen.columns:
        cells = [_cell(row, column.column, column.type, column.header) for row in seen.first_rows]
        header = column.header or "(not in this file)"
        table.add_row(*map(Text, (column.column, header, column.type, *cells)), style="" if column.header else "dim")
    return table


def _cell(row: dict[str, object], name: str, kind: str, header: str | None) -> str:
    if kind in PERSONAL:
        return f"(a {kind})" if header else ""
    if name not in row:
        return HIDDEN
    value = row[name]
    if isinstance(value, datetime | date):
        return str(value)
    return "" if value is None else str(value).replace("\n", " ")


def _near(seen: Inspection, frame: box.Box | None) -> Table:
    rows = []
    for near in seen.near:
        missing = (f"{header} (closest here: {like})" if like else header for header, like in near.missing.items())
        rows.append((f"{near.export}, line {near.line}", ", ".join(missing)))
    return _table(frame, "nearest contracts", "headers that are missing", rows)


def _problems(seen: Inspection, frame: box.Box | None) -> Table:
    total, first = seen.rows["quarantined"], len(seen.problems)
    title = f"problems (the first {first} of {total})" if first < total else f"problems ({total})"
    table = Table(box=frame, pad_edge=False, padding=(0, 2, 0, 0))
    for name in (title, "header", "value", "reason"):
        table.add_column(name, max_width=40, overflow="fold")
    for problem in seen.problems:
        line = "line unknown" if problem.line is None else f"line {problem.line}"
        table.add_row(*map(Text, (line, problem.header or "", problem.value or "", problem.reason)))
    return table


def _table(frame: box.Box | None, left: str, right: str, rows: list[tuple[str, str]]) -> Table:
    table = Table(left, right, box=frame, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(Text, row))
    return table
