"""The rows of one file, or of several side by side, typed in a connection by the statements of ``clean.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb
from sqlglot import exp

from shopwatch.exports.clean import OF_THE_FILE, Statements, meanings, statements
from shopwatch.exports.contract import Contract
from shopwatch.exports.headless import check_first_row
from shopwatch.exports.privacy import Pads
from shopwatch.exports.recognise import Recognised

KNOWN_BEFORE = ("shop", "exported_at", "stated_day")
"""The load id is known only after: it may have to wait for the hash of a large file."""


@dataclass(frozen=True)
class Lineage:
    """What is known of every row before it is read. ``exported_at`` is in the shop's own time zone, ``timezone``.

    ``stated_day`` is the day that the file itself says it is about, where its contract asks for it. ``currency`` is the
    shop's own: amounts that are stated to be in another one cannot be read, as currencies are never added up.
    """

    shop: str
    exported_at: datetime
    timezone: str
    stated_day: date | None = None
    currency: str | None = None

    def date_order(self, contract: Contract) -> str:
        """The order of day and month in the contract's files: one may differ by the shop's currency."""
        order = contract.date_order
        return order if isinstance(order, str) else order.get(self.currency or "", "year_first")


def cells_of(con: duckdb.DuckDBPyConnection, found: Recognised, lineage: Lineage) -> str:
    """The query that turns the cells of ``source`` into values as they are read, and the load's own values for it."""
    for name in KNOWN_BEFORE:
        con.execute(f"set variable {name} = $1", [getattr(lineage, name)])
    _set_context(con, found.contract, lineage)
    return _statements(found, lineage).cells


def cells_side_by_side(con: duckdb.DuckDBPyConnection, found: Recognised, lineages: list[Lineage]) -> str:
    """As `cells_of`, for the cells of several files with the headers of ``found``, which is one of them.

    ``source`` has two more columns, which go on into the values: ``file_number``, the place of the file's lineage in
    ``lineages``, counted from 1, and ``line``. All have the time zone and the currency of the first.
    """
    for name in KNOWN_BEFORE:
        _set_list(con, name, [getattr(lineage, name) for lineage in lineages])
    _set_context(con, found.contract, lineages[0])
    return _statements(found, lineages[0], side_by_side=True).cells


def type_rows(con: duckdb.DuckDBPyConnection, found: Recognised, lineage: Lineage, load_id: str, pads: Pads) -> None:
    """Make the temporary view ``typed`` of ``lines``, which were read through `cells_of`.

    Grain: one row per line that is no total. Columns: the contract's, then ``line``, ``problem`` (the
    first column that cannot be read), ``problem_value`` (its cell), ``problems`` (how many cannot) and
    ``day``, ``unit``, ``version``, ``source``, ``shop``, ``load_id``. Raises RejectedError as `check_first_row` does.
    """
    con.execute("set variable load_id = $1", [load_id])
    _make_typed(con, _statements(found, lineage), pads)
    if not found.has_header:
        check_first_row(con, found.contract)


def type_side_by_side(
    con: duckdb.DuckDBPyConnection, found: Recognised, lineage: Lineage, load_ids: list[str], pads: Pads
) -> None:
    """As `type_rows`, of ``lines`` that were read through `cells_side_by_side` from files with a header row."""
    _set_list(con, "load_id", load_ids)
    _make_typed(con, _statements(found, lineage, side_by_side=True), pads)


def forget_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what `type_rows` made."""
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
    }
    for name, value in values.items():
        con.execute(f"set variable {name} = $1", [value])


def _statements(found: Recognised, lineage: Lineage, *, side_by_side: bool = False) -> Statements:
    order = lineage.date_order(found.contract)
    return statements(found.contract, found.headers, order, side_by_side=side_by_side)


def _make_typed(con: duckdb.DuckDBPyConnection, made: Statements, pads: Pads) -> None:
    values = {"inner_pad": pads.inner, "outer_pad": pads.outer}
    for create in made.typed:
        con.execute(create, {name: value for name, value in values.items() if f"${name}" in create})
