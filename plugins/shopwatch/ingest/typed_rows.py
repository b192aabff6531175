"""Typed rows of one file, or of several side by side, by the statements of ``type_sql.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import duckdb
from sqlglot import exp

from shopwatch.catalog.contracts import Contract, DateOrder
from shopwatch.catalog.headers import plain
from shopwatch.ingest.daily_rows import check_daily
from shopwatch.ingest.detect import Detection
from shopwatch.ingest.headless import check_first_row
from shopwatch.ingest.pseudonyms import HmacPads
from shopwatch.ingest.type_sql import NUMBERS, OF_THE_FILE, Statements, meanings, statements

DecimalMark = Literal["comma", "point"]
KNOWN_BEFORE = ("shop", "exported_at", "stated_day")
"""Variables set before reading. The load id follows later, because it may wait for the hash of a large file."""


@dataclass(frozen=True)
class Lineage:
    """Values known for every row before reading. ``exported_at`` is in the shop's own time zone, ``timezone``.

    ``stated_day``: day stated by the file, if the contract uses it. ``currency``: the shop's own; amounts in another
    one are unreadable, because currencies are never added up. ``stated_order``: order of dates, if
    the contract has none. ``decimal_mark``: decimal mark of all of the file's numbers, if known.
    """

    shop: str
    exported_at: datetime
    timezone: str
    stated_day: date | None = None
    currency: str | None = None
    stated_order: str | None = None
    decimal_mark: DecimalMark | None = None

    def date_order(self, contract: Contract, headers: tuple[str, ...]) -> str:
        """Date order of a file with ``headers``; it can depend on one of them, or on the shop's currency."""
        order: str | dict[str, DateOrder] = contract.date_order
        if not isinstance(order, str):
            by_header = (stated for name, stated in order.items() if plain(name) in headers)
            order = next(by_header, order.get(self.currency or "", "year_first"))
        return self.stated_order or order if order == "year_first" else order


def doubted_numbers(contract: Contract) -> list[str]:
    """Columns whose decimal commas a file has to prove: its numbers, unless the contract states the commas."""
    return [name for name, column in contract.columns.items() if column.type in NUMBERS and not contract.decimal_comma]


def doubted_amounts(contract: Contract) -> list[str]:
    """Columns of amounts, of which 1.234 may be 1,234."""
    return [name for name, column in contract.columns.items() if column.type == "money"]


def cells_of(con: duckdb.DuckDBPyConnection, found: Detection, lineage: Lineage) -> str:
    """Query that turns the cells of ``source`` into values while reading; also sets the variables it needs."""
    for name in KNOWN_BEFORE:
        con.execute(f"set variable {name} = $1", [getattr(lineage, name)])
    _set_context(con, found.contract, lineage)
    return _statements(found, lineage).cells


def cells_side_by_side(con: duckdb.DuckDBPyConnection, found: Detection, lineages: list[Lineage]) -> str:
    """Like `cells_of`, for several files with the headers of ``found``, which is one of them.

    ``source`` has two more columns, which are kept: ``file_number``, the file's position in ``lineages``, from 1, and
    ``line``. All files share the time zone and the currency of the first.
    """
    for name in KNOWN_BEFORE:
        _set_list(con, name, [getattr(lineage, name) for lineage in lineages])
    _set_context(con, found.contract, lineages[0])
    return _statements(found, lineages[0], side_by_side=True).cells


def type_rows(con: duckdb.DuckDBPyConnection, found: Detection, lineage: Lineage, load_id: str, pads: HmacPads) -> None:
    """Create the temporary view ``typed`` from ``lines``, which were read through `cells_of`.

    Grain: one row per line that is not a total. Columns: the contract's, ``line``, ``problem`` (first unreadable
    column), ``problem_value`` (its cell), ``problems`` (number of unreadable cells), ``day``, ``unit``, ``version``,
    ``source``, ``shop``, ``load_id``. Raises RejectedError like `check_first_row` and `check_daily`.
    """
    con.execute("set variable load_id = $1", [load_id])
    _make_typed(con, _statements(found, lineage), pads)
    if not found.has_header:
        check_first_row(con, found.contract)
    check_daily(con, found.contract, found.path)


def type_side_by_side(
    con: duckdb.DuckDBPyConnection, found: Detection, lineage: Lineage, load_ids: list[str], pads: HmacPads
) -> None:
    """Like `type_rows`, for ``lines`` read through `cells_side_by_side` from files with a header row.

    A file whose name states several days is loaded alone.
    """
    _set_list(con, "load_id", load_ids)
    _make_typed(con, _statements(found, lineage, side_by_side=True), pads)
    check_daily(con, found.contract)


def forget_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the view and tables created by `type_rows`."""
    con.execute("drop view if exists temp.typed")
    made = con.execute(
        "select table_name from duckdb_tables() where temporary and starts_with(table_name, $1)", [meanings("")]
    )
    for (name,) in made.fetchall():
        con.execute(exp.Drop(tables=[exp.to_table(name)], kind="TABLE").sql("duckdb"))


def _set_list(con: duckdb.DuckDBPyConnection, name: str, values: list[object] | list[str]) -> None:
    con.execute(f"set variable {name} = cast($1 as {OF_THE_FILE[name]}[])", [values])


def _set_context(con: duckdb.DuckDBPyConnection, contract: Contract, lineage: Lineage) -> None:
    values = {
        "source": contract.export,
        "timezone": lineage.timezone,
        "currency": lineage.currency,
        "decimal_comma": contract.decimal_comma,
        "commas_are_decimal": lineage.decimal_mark == "comma",
        "points_are_decimal": lineage.decimal_mark == "point",
    }
    for name, value in values.items():
        con.execute(f"set variable {name} = $1", [value])


def _statements(found: Detection, lineage: Lineage, *, side_by_side: bool = False) -> Statements:
    order = lineage.date_order(found.contract, found.headers)
    return statements(found.contract, found.headers, order, side_by_side=side_by_side)


def _make_typed(con: duckdb.DuckDBPyConnection, made: Statements, pads: HmacPads) -> None:
    values = {"inner_pad": pads.inner, "outer_pad": pads.outer}
    for create in made.typed:
        con.execute(create, {name: value for name, value in values.items() if f"${name}" in create})
