"""Csv files without a header row, detected by the column order declared in a contract."""

from __future__ import annotations

import duckdb

from shopwatch.catalog.contracts import BLANKS, Contract
from shopwatch.catalog.headers import plain, position_of
from shopwatch.core.reasons import RejectedError
from shopwatch.ingest.formats.texts import Top

EVIDENCE = frozenset({"id", "money", "price", "count", "ratio", "score", "seconds", "day", "timestamp"})
"""Types whose values contain a digit while their headers have none."""
FIRST_ROW = "select line, problem from lines where is_data order by line limit 1"


def contract_by_order(tops: list[tuple[str, Top]], contracts: dict[str, Contract]) -> tuple[str, Contract] | None:
    """Delimiter and contract whose ``column_order`` matches the first row.

    ``tops``: first records by delimiter. None if no contract declares an order of that many columns. Raises
    RejectedError if the row does not match, may be a header row, or matches several contracts or delimiters.
    """
    ordered = [contract for contract in contracts.values() if contract.column_order]
    first_rows = [(delimiter, *row) for delimiter, records in tops for row in _first_row(records)]
    wide = [
        (delimiter, contract, line, _misfit(contract, cells))
        for delimiter, line, cells in first_rows
        for contract in ordered
        if len(cells) == len(contract.column_order)
    ]
    fitting = [(delimiter, contract) for delimiter, contract, _, misfit in wide if misfit is None]
    if len({(delimiter[0], contract.export) for delimiter, contract in fitting}) > 1:
        raise RejectedError("no_header_ambiguous", exports=sorted({contract.export for _, contract in fitting}))
    if not fitting and wide:
        _, contract, line, misfit = wide[0]
        raise RejectedError("no_header_unlike", export=contract.export, line=line, header=misfit)
    return fitting[0] if fitting else None


def width_below(header: list[str], records: Top) -> int:
    """Effective width of a header row: empty trailing cells are cut if all records below lack them alike."""
    named = max(at for at, cell in enumerate(header, start=1) if cell.strip())
    widths = {len(cells) for _, cells in records if any(cells)}
    width = widths.pop() if len(widths) == 1 else len(header)
    return width if named <= width < len(header) else len(header)


def check_first_row(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Reject a headless file if the first row in ``lines`` has a cell that does not parse as its type."""
    line, problem = con.execute(FIRST_ROW).fetchone() or (0, None)
    if problem is not None:
        header = contract.column_order[position_of(contract.columns[problem].headers, _plain_order(contract)) or 0]
        raise RejectedError("no_header_unlike", export=contract.export, line=line, header=header)


def _first_row(records: Top) -> Top:
    filled = (record for record in records if any(cell.strip() for cell in record[1]))
    return [row for row in (next(filled, None),) if row]


def _misfit(contract: Contract, cells: list[str]) -> str | None:
    """Header of the first column that contradicts a data row; None if none does."""
    headers = {plain(header) for column in contract.columns.values() for header in column.headers}
    headers.update(_plain_order(contract))
    for title, cell in zip(contract.column_order, cells, strict=True):
        if plain(cell) in headers:
            return title
    positions = {
        position_of(c.headers, _plain_order(contract)) for c in contract.columns.values() if c.type in EVIDENCE
    }
    typed = {contract.column_order[at]: cells[at].strip() for at in sorted(at for at in positions if at is not None)}
    filled = {title: cell for title, cell in typed.items() if cell not in BLANKS}
    without = [title for title, cell in filled.items() if not any(map(str.isdigit, cell))]
    return next(iter(without or (() if filled else typed or contract.column_order)), None)


def _plain_order(contract: Contract) -> tuple[str, ...]:
    return tuple(map(plain, contract.column_order))
