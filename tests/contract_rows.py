"""Rows of any contract as its export would write them, made from the contract alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from shopwatch.catalog.contracts import Column, Contract

CURRENCY = "CNY"
VALUES: dict[str, Callable[[int], tuple[str, object]]] = {
    "id": lambda n: (f"69179268237{n:06d}", f"69179268237{n:06d}"),
    "text": lambda n: (f"青瓷茶杯 {n}", f"青瓷茶杯 {n}"),
    "money": lambda n: (f"{n:,}.{n % 100:02d}", Decimal(f"{n}.{n % 100:02d}")),
    "price": lambda n: (f"{n}.25", Decimal(f"{n}.25")),
    "count": lambda n: (f"{n:,}", n),
    "ratio": lambda n: (f"{n % 100}%", (n % 100) / 100),
    "score": lambda n: (f"4.{n % 10}", float(f"4.{n % 10}")),
    "seconds": lambda n: (f"{n}秒", float(n)),
    "day": lambda n: (f"2026-11-{n % 20 + 1:02d}", f"2026-11-{n % 20 + 1:02d}"),
    "timestamp": lambda n: (f"2026-11-02 10:{n % 60:02d}:00", f"2026-11-02 10:{n % 60:02d}:00"),
    "pseudonym": lambda n: (f"buyer{n}", None),
    "province": lambda _: ("浙江省 杭州市", "浙江"),
    "city": lambda _: ("浙江省 杭州市", "杭州市"),
    "currency": lambda _: (CURRENCY, CURRENCY),
}
"""Type -> the cell of a row by its number, and what it means."""
STRICT = ("category", "day", "timestamp", "money", "price", "count", "ratio", "score", "seconds", "id")
"""Where several columns read one cell, that of the type that reads fewest cells decides what stands there."""


def header_of(column: Column) -> str:
    return column.headers[0].replace("{currency}", CURRENCY)


def cell_of(column: Column, number: int) -> str:
    if column.type == "category":
        return list(column.values)[number % len(column.values)]
    return VALUES[column.type](number)[0]


def meaning_of(column: Column, number: int) -> object:
    if column.type == "category":
        return list(column.values.values())[number % len(column.values)]
    meaning = VALUES[column.type](number)[1]
    return -meaning if column.negate and isinstance(meaning, Decimal) else meaning


def columns_by_header(contract: Contract) -> dict[str, Column]:
    """The header of each cell of a row, and the column that decides what stands there."""
    found: dict[str, Column] = {}
    by_strictness = {kind: place for place, kind in enumerate(STRICT)}
    for column in sorted(contract.columns.values(), key=lambda c: by_strictness.get(c.type, len(STRICT))):
        found.setdefault(header_of(column), column)
        for last in column.until.values():
            found.setdefault(last, column)
    return found


def rows_of(contract: Contract, numbers: range) -> list[dict[str, str]]:
    """Rows by number, header -> cell: all that the contract recognises a file by, and only rows that count."""
    columns = columns_by_header(contract)
    known = {header for column in contract.columns.values() for header in column.headers}
    fixed = {
        header: cells[0]
        for header, cells in contract.only.items()
        if header not in columns or not columns[header].values.keys() & set(cells)
    }
    fixed |= {header: "-" for header in contract.recognise if header not in known and header not in fixed}
    return [{header: cell_of(column, n) for header, column in columns.items()} | fixed for n in numbers]


def lines_of(rows: list[Mapping[str, str]] | list[dict[str, str]]) -> list[list[str]]:
    """Headers and rows."""
    return [list(rows[0]), *(list(row.values()) for row in rows)]
