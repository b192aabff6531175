"""Contract detection, by a file's headers and never by its name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from shopwatch.catalog.contracts import Column, Contract
from shopwatch.catalog.headers import matching_headers, plain, position_of, readable_header
from shopwatch.ingest.formats.containers import Content, RejectedError, content_of
from shopwatch.ingest.formats.sheets import Workbook
from shopwatch.ingest.formats.texts import Top, refuse_mixed, tops
from shopwatch.ingest.header_index import HeaderIndex, header_index
from shopwatch.ingest.headless import contract_by_order, width_below
from shopwatch.ingest.nearest import PartialMatch, known_headers, nearest_match
from shopwatch.ingest.unsupported_reports import NotRead, report_not_read

__all__ = [
    "Detection",
    "RejectedError",
    "container_of",
    "detect_contract",
    "first_lines",
    "missing_columns",
    "plain",
    "position_of",
    "similar_header",
]

HEADER_WITHIN = 30
MOST_SHOWN = 5  # headers; a long reason is cut in the mail
MEASURES = ("金额", "积分", "时间", "人数", "件数", "率", "id", "编号")
MUCH_ALIKE = 0.75  # accepts 下单买家数 and 下单支付买家数, not 商品ID and 选购商品


@dataclass(frozen=True)
class Detection:
    """Reading instructions for a file. ``header_line`` counts from 1; ``headers`` are in file order, in ``plain`` form.

    ``header_line`` 0: no header row; the columns follow the declared column order.

    ``titles``: the same headers as written in the file. ``skip``: records down to and including the header row, blank
    lines too. ``sheet`` and archive ``member`` count from 0. ``passed_over``: other contracts that match the headers.
    ``first_record``: cells of the row below the header row. ``other_sheets``: names of unread sheets with content.
    """

    path: Path
    contract: Contract
    container: str
    header_line: int
    headers: tuple[str, ...]
    titles: tuple[str, ...]
    preamble: tuple[str, ...]
    delimiter: str = ","
    skip: int = 0
    sheet: int = 0
    member: int | None = None
    passed_over: tuple[str, ...] = ()
    first_record: tuple[str, ...] = ()
    other_sheets: tuple[str, ...] = ()

    @property
    def has_header(self) -> bool:
        return self.header_line > 0

    @property
    def is_empty(self) -> bool:
        """True if nothing stands below the header row, or a blank row does."""
        return self.has_header and not any(self.first_record)

    def title_of(self, column: Column) -> str:
        """Header of a column in the file; the contract's usual one if the file lacks it."""
        position = position_of(column.headers, self.headers)
        return readable_header(column.headers[0]) if position is None else self.titles[position]


@dataclass(frozen=True)
class _Table:
    """First records of a file for one delimiter, or of one sheet of a workbook."""

    rows: Top
    delimiter: str = ""
    sheet: int = 0
    sheets: tuple[str, ...] = ()

    def may_be(self, contract: Contract) -> bool:
        """True if the contract may apply to this sheet; a contract can name its sheet."""
        return contract.sheet not in self.sheets or self.sheets[self.sheet] == contract.sheet

    def names(self) -> list[str]:
        """Name of the sheet if it has content, as a list of at most one; tables of a web page have no name."""
        name = self.sheets[self.sheet] if self.sheets else ""
        return [name] if name and any(any(row) for _, row in self.rows) else []


def _tables(content: Content) -> Iterator[_Table]:
    if content.container == "text":
        yield from (_Table(rows, delimiter) for delimiter, rows in tops(content, HEADER_WITHIN))
    else:
        workbook = Workbook(content)
        for sheet, rows in enumerate(workbook.tops(HEADER_WITHIN)):
            yield _Table(rows, sheet=sheet, sheets=workbook.names)


def container_of(path: Path) -> str:
    """``text``, ``xls``, ``xlsx``, ``html`` or ``xml``, of the file or the archive's member. Raises RejectedError."""
    return content_of(path).container


def first_lines(path: Path) -> tuple[str, list[tuple[str, Top]]]:
    """Container, and the first records for each delimiter or sheet: (last line of the record, its cells)."""
    content = content_of(path)
    return content.container, [(table.delimiter, table.rows) for table in _tables(content)]


def missing_columns(contract: Contract, headers: tuple[str, ...]) -> list[Column]:
    """Required columns that are absent: no header, no complete set of factors, no column that makes them optional."""

    def is_there(column: Column) -> bool:
        return position_of(column.headers, headers) is not None

    def can_be_made(column: Column) -> bool:
        return bool(column.product_of) and all(is_there(contract.columns[name]) for name in column.product_of)

    def is_replaced(column: Column) -> bool:
        return column.optional_with is not None and is_there(contract.columns[column.optional_with])

    needed = [c for c in contract.columns.values() if not c.optional]
    return [c for c in needed if not (is_there(c) or can_be_made(c) or is_replaced(c))]


def _measure(header: str) -> str | None:
    """Unit or quantity that ends a Chinese header, or None: …支付积分 cannot be a new name of …支付金额."""
    return next((measure for measure in MEASURES if header.endswith(measure)), None)


def similar_header(wanted: str, contract: Contract, titles: Iterable[str]) -> str | None:
    """Title that is probably a header's new name: similar to it, and unknown to the contract; None if there is none."""
    of_columns = (header for column in contract.columns.values() for header in column.headers)
    known = {plain(h) for h in (*of_columns, *contract.recognise, *contract.drop, *contract.skip)}
    unknown = {plain(title): title for title in titles if plain(title) not in known}
    measure = _measure(plain(wanted))
    like = sorted(title for title in unknown if None in (measure, _measure(title)) or _measure(title) == measure)
    alike = difflib.get_close_matches(plain(wanted), like, n=1, cutoff=MUCH_ALIKE)
    return unknown[alike[0]] if alike else None


def detect_contract(path: Path, contracts: dict[str, Contract]) -> Detection:
    """Detect the contract of a file. Raises RejectedError: unknown, ambiguous, or without a required column."""
    content = content_of(path)
    partial: list[PartialMatch] = []
    not_read: NotRead | None = None
    tables, index_of_headers = _tables(content), header_index(tuple(contracts.values()))
    tops: list[tuple[str, Top]] = []
    others: list[str] = []
    for table in tables:
        tops.append((table.delimiter, table.rows))
        for index, (_, cells) in enumerate(table.rows):
            headers = tuple(plain(cell) for cell in cells)
            candidates = index_of_headers.candidates(frozenset(headers))
            missing = [(contract, absent) for contract, absent in candidates if table.may_be(contract)]
            possible = [contract for contract, absent in missing if not absent]
            fitting = _best(possible, set(headers))
            if len(fitting) > 1:
                raise RejectedError("ambiguous", exports=[c.export for c in fitting])
            if fitting:
                found = _detection(content, path, table, index, fitting[0])
                found = replace(found, passed_over=tuple(sorted(c.export for c in possible if c is not fitting[0])))
                _require_columns(found)
                if content.container != "text":
                    others += _reject_other_tables(found, tables, index_of_headers)
                if found.contract.template:  # further sheets of our own workbooks are instructions
                    return found
                return replace(found, other_sheets=tuple(others))
            not_read = not_read or report_not_read(set(headers))
            partial += (PartialMatch(contract, absent, headers) for contract, absent in missing)
        others += table.names()
    if not_read:
        raise not_read.refusal()
    is_headless = content.container == "text" and not any(match.hits > 0 for match in partial)
    if is_headless and (by_order := contract_by_order(tops, contracts)):
        return _headless(content, path, *by_order)
    nearest = nearest_match(partial, contracts.values())
    if nearest:
        raise _unknown_file(nearest)
    if content.container == "html":
        raise RejectedError("web_page")
    if content.container == "text":
        refuse_mixed(content)  # the header row may be in the other encoding
    raise RejectedError("unknown", lines=HEADER_WITHIN)


def _detection(content: Content, path: Path, table: _Table, index: int, contract: Contract) -> Detection:
    """Reading instructions for a table with the contract's headers in row ``index``."""
    line, cells = table.rows[index]
    below = table.rows[index + 1 :]
    width = width_below(cells, below if content.container == "text" else [])
    return Detection(
        path=path,
        contract=contract,
        container=content.container,
        header_line=line,
        headers=tuple(map(plain, cells[:width])),
        titles=tuple(" ".join(cell.split()).strip("\ufeff") for cell in cells[:width]),
        preamble=tuple(" ".join(row) for _, row in table.rows[:index]),
        delimiter=table.delimiter,
        skip=index + 1,
        sheet=table.sheet,
        member=content.member,
        first_record=tuple(below[0][1]) if below else (),
    )


def _headless(content: Content, path: Path, delimiter: str, contract: Contract) -> Detection:
    return Detection(
        path=path,
        contract=contract,
        container=content.container,
        header_line=0,
        headers=tuple(map(plain, contract.column_order)),
        titles=contract.column_order,
        preamble=(),
        delimiter=delimiter,
        member=content.member,
    )


def _best(fitting: list[Contract], headers: set[str]) -> list[Contract]:
    """Best contracts per table among those that match; all equally good ones if nothing decides.

    Ranking: most headers of the file known (the contract of a short list also matches the full list), then the shop's
    own (``include/sources/own``), then fewest known headers that the file lacks.
    """

    def place(contract: Contract) -> tuple[int, bool, int]:
        known = len(known_headers(contract) & headers)
        return known, contract.is_own, -len(known_headers(contract) - headers)

    best: dict[str, tuple[int, bool, int]] = {}
    for contract in fitting:
        best[contract.table] = max(best.get(contract.table, place(contract)), place(contract))
    return [contract for contract in fitting if place(contract) == best[contract.table]]


def _reject_other_tables(found: Detection, others: Iterator[_Table], known: HeaderIndex) -> list[str]:
    """Reject a file with rows of an export on a second sheet, which would be lost silently.

    On a web page, a table may continue in the next one or have its header row in a table of its own, so every table of
    sufficient width counts. Returns the names of the other sheets with content.
    """
    names: list[str] = []
    enough = len(found.contract.recognise) if found.container == "html" else None
    for table in others:
        for index, (_, cells) in enumerate(table.rows):
            candidates = known.candidates(frozenset(map(plain, cells)))
            is_header = any(not absent and table.may_be(contract) for contract, absent in candidates)
            if is_header and any(any(row) for _, row in table.rows[index + 1 :]):
                raise RejectedError("several_sheets", sheets=[found.sheet + 1, table.sheet + 1])
            if enough and not is_header and sum(map(bool, cells)) >= enough:
                raise RejectedError("several_tables", tables=[found.sheet + 1, table.sheet + 1])
        names += table.names()
    return names


def _unknown_file(nearest: PartialMatch) -> RejectedError:
    """Rejection of a file that fits no contract, naming the nearest one."""
    contract, absent, title = nearest.contract, nearest.absent, nearest.contract.title.model_dump()
    missing = [header for header in absent if header in contract.recognise]
    if not missing:
        unwanted = [header for header in contract.unless if f"(not {header})" in absent]
        return RejectedError("unknown_unless", nearest=contract.export, title=title, unwanted=_cut(unwanted))
    others = (
        column.headers
        for column in missing_columns(contract, nearest.headers)
        if not set(column.headers) & set(missing)
    )
    missing = list(dict.fromkeys([*missing, *(names[0] for names in others)]))
    count, shown = len(missing), _cut(missing)
    return RejectedError(
        "unknown_headers", nearest=contract.export, title=title, missing=shown, count=count, lines=HEADER_WITHIN
    )


def _cut(headers: list[str]) -> list[str]:
    return [*map(readable_header, headers[:MOST_SHOWN])] + ["…"] * (len(headers) > MOST_SHOWN)


def _require_columns(found: Detection) -> None:
    contract = found.contract
    for column in contract.columns.values():
        position = position_of(column.headers, found.headers)
        if position is not None and _is_doubled(column.headers, found.headers, position):
            raise RejectedError("doubled_column", header=readable_header(column.headers[0]), line=found.header_line)
    missing = missing_columns(contract, found.headers)
    if not missing:
        return
    similar = {c.headers[0]: similar_header(c.headers[0], contract, found.titles) for c in missing}
    renamed = [f"{readable_header(header)} → {title}" for header, title in similar.items() if title]
    export, line, count = contract.export, found.header_line, len(missing)
    headers = [_needed_headers(contract, column) for column in missing]
    if not renamed:
        raise RejectedError("missing_columns", export=export, line=line, count=count, missing=headers)
    raise RejectedError("renamed_columns", export=export, line=line, count=count, missing=headers, renamed=renamed)


def _is_doubled(wanted: tuple[str, ...], headers: tuple[str, ...], position: int) -> bool:
    """True if another column has the same header, or the same header with another currency."""
    alike = next(found for header in wanted if headers[position] in (found := matching_headers(header, headers)))
    return sum(map(headers.count, alike)) > 1


def _needed_headers(contract: Contract, column: Column) -> str:
    """Headers of a column and of its substitutes, in readable form for messages."""
    factors = (contract.columns[factor] for factor in column.product_of)
    others = [factor.headers[0] for factor in factors if factor.optional]
    if column.optional_with:
        others += contract.columns[column.optional_with].headers
    return " / ".join(map(readable_header, (*column.headers, *others)))
