"""Which contract a file fulfils: told by its headers, never by its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shopwatch.declared import nearest
from shopwatch.exports.containers import Content, RejectedError, content_of
from shopwatch.exports.contract import Column, Contract
from shopwatch.exports.headers import matching_headers, plain, position_of, readable_header
from shopwatch.exports.sheets import Workbook
from shopwatch.exports.texts import Top, tops

__all__ = [
    "Recognised",
    "RejectedError",
    "container_of",
    "first_lines",
    "missing_headers",
    "needed_headers",
    "plain",
    "position_of",
    "recognise",
]

HEADER_WITHIN = 30
MOST_SHOWN = 5  # headers: the mail cuts a long reason


@dataclass(frozen=True)
class Recognised:
    """How a file is to be read. ``header_line`` counts from 1; ``headers`` are in file order, made ``plain``.

    ``titles`` are the same headers as the file writes them. ``skip`` counts the records down to the
    header, blank lines too; ``sheet`` and the archive's ``member`` count from 0.
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

    def title_of(self, column: Column) -> str:
        """The header that a column has in the file; where the file lacks it, the usual one."""
        position = position_of(column.headers, self.headers)
        return readable_header(column.headers[0]) if position is None else self.titles[position]


def _tops(content: Content) -> Iterator[tuple[str, int, Top]]:
    """The first records of the file as delimiter, sheet and rows: for each delimiter, or for each sheet."""
    if content.container == "text":
        yield from ((delimiter, 0, rows) for delimiter, rows in tops(content, HEADER_WITHIN))
    else:
        yield from (("", sheet, rows) for sheet, rows in enumerate(Workbook(content).tops(HEADER_WITHIN)))


def container_of(path: Path) -> str:
    """``text``, ``xls`` or ``xlsx``, of the file or of the one file in an archive. Raises RejectedError."""
    return content_of(path).container


def first_lines(path: Path) -> tuple[str, list[tuple[str, Top]]]:
    """The container, and for each delimiter or sheet the first records: line on which one ends, and its cells."""
    content = content_of(path)
    return content.container, [(delimiter, rows) for delimiter, _, rows in _tops(content)]


def missing_headers(contract: Contract, headers: set[str]) -> list[str]:
    """What keeps the contract from fitting: headers that are absent (an alias counts for one), or one too many."""
    alias = {plain(h): c.headers for c in contract.columns.values() for h in c.headers}
    absent = [
        header
        for header in contract.recognise
        if not any(matching_headers(wanted, headers) for wanted in alias.get(plain(header), (header,)))
    ]
    return absent + [f"(not {h})" for h in contract.unless if plain(h) in headers]


def recognise(path: Path, contracts: dict[str, Contract]) -> Recognised:
    """How to read the file. Raises RejectedError: unknown, ambiguous, or without a column that is needed."""
    content = content_of(path)
    best: tuple[int, Contract, list[str]] | None = None
    tables = _tops(content)
    for delimiter, sheet, records in tables:
        for index, (line, cells) in enumerate(records):
            headers = tuple(plain(cell) for cell in cells)
            missing = {name: missing_headers(contract, set(headers)) for name, contract in contracts.items()}
            fitting = [contracts[name] for name, absent in missing.items() if not absent]
            if len(fitting) > 1:
                raise RejectedError("ambiguous", exports=[c.export for c in fitting])
            if fitting:
                preamble = tuple(" ".join(row) for _, row in records[:index])
                titles = tuple(" ".join(cell.split()).strip("\ufeff") for cell in cells)
                found = Recognised(
                    path=path,
                    contract=fitting[0],
                    container=content.container,
                    header_line=line,
                    headers=headers,
                    titles=titles,
                    preamble=preamble,
                    delimiter=delimiter,
                    skip=index + 1,
                    sheet=sheet,
                    member=content.member,
                )
                _demand_columns(found)
                if content.container != "text":
                    _demand_no_other(found, tables, contracts)
                return found
            for name, absent in missing.items():
                hits = len(contracts[name].recognise) - len(absent)
                if hits and (best is None or hits > best[0]):
                    best = (hits, contracts[name], absent)
    if best is None:
        raise RejectedError("unknown", lines=HEADER_WITHIN)
    _, contract, absent = best
    raise _unlike(contract, absent)


def _demand_no_other(found: Recognised, others: Iterator[tuple[str, int, Top]], contracts: dict[str, Contract]) -> None:
    """One sheet of a workbook is read: were there rows of an export in another, they would be lost in silence."""
    for _, sheet, records in others:
        for index, (_, cells) in enumerate(records):
            headers = {plain(cell) for cell in cells}
            is_header = any(not missing_headers(contract, headers) for contract in contracts.values())
            if is_header and any(any(row) for _, row in records[index + 1 :]):
                raise RejectedError("several_sheets", sheets=[found.sheet + 1, sheet + 1])


def _unlike(contract: Contract, absent: list[str]) -> RejectedError:
    """What is said of a file whose nearest contract does not fit; ``absent`` as `missing_headers` gives it."""
    title = contract.title.model_dump()
    missing = [header for header in absent if header in contract.recognise]
    if not missing:
        unwanted = [header for header in contract.unless if f"(not {header})" in absent]
        return RejectedError("unknown_unless", nearest=contract.export, title=title, unwanted=_cut(unwanted))
    count, shown = len(missing), _cut(missing)
    return RejectedError(
        "unknown_headers", nearest=contract.export, title=title, missing=shown, count=count, lines=HEADER_WITHIN
    )


def _cut(headers: list[str]) -> list[str]:
    return [*map(readable_header, headers[:MOST_SHOWN])] + ["…"] * (len(headers) > MOST_SHOWN)


def _demand_columns(found: Recognised) -> None:
    for name, column in found.contract.columns.items():
        position = position_of(column.headers, found.headers)
        if position is not None and _is_doubled(column.headers, found.headers, position):
            raise RejectedError("doubled_column", header=readable_header(column.headers[0]), line=found.header_line)
        if not column.optional and position is None and not _can_multiply(found, column):
            export, line, header = found.contract.export, found.header_line, needed_headers(found.contract, name)
            similar = nearest(column.headers[0], set(found.titles) - {""})
            if similar is None:
                raise RejectedError("missing_column", export=export, line=line, header=header)
            raise RejectedError("renamed_column", export=export, line=line, header=header, similar=similar)


def _is_doubled(wanted: tuple[str, ...], headers: tuple[str, ...], position: int) -> bool:
    """Whether another column has the header, too, or the same header with another currency."""
    alike = next(found for header in wanted if headers[position] in (found := matching_headers(header, headers)))
    return sum(map(headers.count, alike)) > 1


def _can_multiply(found: Recognised, column: Column) -> bool:
    """Whether the file has the columns whose product stands for the one that it lacks."""
    factors = (found.contract.columns[name] for name in column.product_of)
    return bool(column.product_of) and all(position_of(f.headers, found.headers) is not None for f in factors)


def needed_headers(contract: Contract, name: str) -> str:
    """The headers under which a column may stand, and those from which it can be made, as a person is told of them."""
    column = contract.columns[name]
    factors = (contract.columns[factor] for factor in column.product_of)
    others = (factor.headers[0] for factor in factors if factor.optional)
    return " / ".join(map(readable_header, (*column.headers, *others)))
