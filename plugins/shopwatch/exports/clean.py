"""Rows of text to typed rows, by contract: one statement a file, through the macros of ``types.sql``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import duckdb
from sqlglot import exp

from shopwatch.exports.contract import PERSONAL, STORED_AS, Column, Contract
from shopwatch.exports.privacy import Pads
from shopwatch.exports.recognise import Recognised, position_of

NUMBERS = frozenset({"money", "price", "count", "ratio"})
TIMES = frozenset({"day", "timestamp"})
MAY_FAIL = PERSONAL - {"pseudonym"}  # an address without a province is no fault of the row
SEPARATOR = "\x1f"
LINE = exp.column("line", quoted=True)


@dataclass(frozen=True)
class Lineage:
    """What every row of one load carries. ``exported_at`` is in the shop's own time zone, ``timezone``.

    ``day`` is the day that the file itself says it is about, where its contract asks for it. ``currency`` is the
    shop's own: amounts that are stated to be in another one cannot be read, as currencies are never added up.
    """

    load_id: str
    shop: str
    exported_at: datetime
    timezone: str
    day: date | None = None
    currency: str | None = None


def type_rows(con: duckdb.DuckDBPyConnection, found: Recognised, lineage: Lineage, pads: Pads) -> None:
    """Fill the temporary table ``typed`` from ``lines``.

    Grain: one row a line that is no total. Columns: the contract's, then ``line``, ``problem`` (the
    first column that cannot be read), ``problem_value`` (its cell), ``problems`` (how many cannot) and
    ``day``, ``unit``, ``version``, ``source``, ``shop``, ``load_id``.
    """
    values: dict[str, object] = {
        "source": found.contract.export,
        "shop": lineage.shop,
        "load_id": lineage.load_id,
        "exported_at": lineage.exported_at,
        "timezone": lineage.timezone,
        "stated_day": lineage.day,
        "currency": lineage.currency,
        "inner_pad": pads.inner,
        "outer_pad": pads.outer,
    }
    statement, used = _create_typed(found.contract, found.headers)
    con.execute(statement, {name: value for name, value in values.items() if name in used})


@lru_cache(maxsize=64)
def _create_typed(contract: Contract, headers: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """The statement that makes ``typed``, and the names of its parameters."""
    statement = _statement(contract, headers)
    table = exp.Create(
        this=exp.to_table("typed"),
        kind="TABLE",
        properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
        expression=statement,
    )
    return table.sql("duckdb"), frozenset(parameter.name for parameter in statement.find_all(exp.Parameter))


def _statement(contract: Contract, headers: tuple[str, ...]) -> exp.Select:
    """The steps of ``types.sql``, each in a CTE over the one before it."""
    columns = contract.columns
    raw = [_raw(name) for name in columns]
    read = [exp.alias_(exp.func("trimmed", _cell(headers, column)), _raw(name)) for name, column in columns.items()]
    typed = [exp.alias_(_value(name, column, contract), name, quoted=True) for name, column in columns.items()]
    plain = [
        exp.alias_(exp.func("plain_number", _quoted(_raw(n))), _plain(n)) for n in columns if _is_number(columns[n])
    ]
    steps = {
        "trimmed_cells": exp.select(LINE, *read).from_("lines").where(_is_data(contract, headers)),
        "bare_cells": _each("bare", raw).from_("trimmed_cells"),
        "present_cells": _each("present", raw).from_("bare_cells"),
        "ready_cells": exp.select("*", *plain).from_("present_cells"),
        "typed_cells": exp.select("*", *typed).from_("ready_cells"),
        "judged": exp.select(LINE, *map(_quoted, columns), *_first_problem(contract)).from_("typed_cells"),
        "filled": exp.select(_filled(contract)).from_("judged"),
        "dated": exp.select("*", *_dating(contract)).from_("filled"),
    }
    lineage = [exp.alias_(_parameter(name), name) for name in ("source", "shop", "load_id")]
    constants = [exp.alias_(_text(value), name, quoted=True) for name, value in contract.constants.items()]
    final = exp.select("*", _unit(contract), *constants, *lineage).from_("dated")
    for name, step in steps.items():
        final = final.with_(name, as_=step)
    return final


def _filled(contract: Contract) -> exp.Expr:
    """All columns; a blank cell of ``fill_down`` has the value of the nearest filled line above, of the same key."""
    filled = []
    for name in contract.fill_down:
        nearest = exp.Window(
            this=exp.IgnoreNulls(this=exp.func("last_value", _quoted(name))),
            partition_by=[_quoted(key) for key in contract.key],
            order=exp.Order(expressions=[exp.Ordered(this=LINE.copy())]),
            spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        )
        filled.append(exp.alias_(nearest, name, quoted=True))
    return exp.Star(replace=filled) if filled else exp.Star()


def _each(macro: str, names: list[str]) -> exp.Select:
    return exp.select(LINE, *(exp.alias_(exp.func(macro, _quoted(name)), name, quoted=True) for name in names))


def _raw(name: str) -> str:
    return f"{name}_cell"


def _plain(name: str) -> str:
    return f"{name}_number"


def _quoted(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _parameter(name: str) -> exp.Parameter:
    return exp.Parameter(this=exp.var(name))


def _text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def _is_number(column: Column) -> bool:
    return column.type in NUMBERS


def _cell(headers: tuple[str, ...], column: Column) -> exp.Expr:
    """Where a column's cells stand. A currency may stand in the header: Amount spent (USD)."""
    position = position_of(column.headers, headers)
    if position is None:
        return exp.cast(exp.null(), "varchar")
    stated = re.search(r"\(([a-z]{3})\)$", headers[position]) if column.type == "currency" else None
    return _text(stated[1].upper()) if stated else exp.column(f"c{position}")


def _value(name: str, column: Column, contract: Contract) -> exp.Expr:
    cell = _quoted(_plain(name) if _is_number(column) else _raw(name))
    if column.type == "category":
        meaning = exp.Case(this=cell)
        for seen, means in column.values.items():
            meaning = meaning.when(_text(seen), _text(means))
        return meaning
    if column.type == "pseudonym":
        return exp.func("parse_pseudonym", cell, _parameter("inner_pad"), _parameter("outer_pad"))
    context = [_text(contract.date_order), _parameter("timezone")] if column.type in TIMES else []
    context += [_parameter("currency")] if column.type == "currency" else []
    return exp.cast(exp.func(f"parse_{column.type}", cell, *context), STORED_AS[column.type], dialect="duckdb")


def _first_problem(contract: Contract) -> tuple[exp.Expr, exp.Expr, exp.Expr]:
    """The first column whose cell holds something that its type cannot read, that cell, and how many there are."""
    name, cell = exp.Case(), exp.Case()
    count: exp.Expr = exp.Literal.number(0)
    for column, said in contract.columns.items():
        if said.type in MAY_FAIL:
            continue
        unread = exp.and_(_quoted(_raw(column)).is_(exp.null()).not_(), _quoted(column).is_(exp.null()))
        name, cell = name.when(unread, _text(column)), cell.when(unread, _quoted(_raw(column)))
        count = count + exp.cast(unread.copy(), "integer")
    return exp.alias_(name, "problem"), exp.alias_(cell, "problem_value"), exp.alias_(count, "problems")


def _is_data(contract: Contract, headers: tuple[str, ...]) -> exp.Expr:
    """False for totals and footers, which the contract names by a header and what stands under it.

    ``Total*`` is every cell that begins with Total.
    """
    data: exp.Expr = exp.true()
    for header, totals in contract.skip.items():
        position = position_of((header,), headers)
        if position is not None:
            cell = exp.func("coalesce", exp.func("trimmed", exp.column(f"c{position}")), _text(""))
            whole = [_text(total) for total in totals if not total.endswith("*")]
            begun = [exp.func("starts_with", cell, _text(total[:-1])) for total in totals if total.endswith("*")]
            data = exp.and_(data, *(found.not_() for found in (*([cell.isin(*whole)] if whole else []), *begun)))
    return data


def _dating(contract: Contract) -> tuple[exp.Expr, exp.Expr]:
    """``day`` (DATE, the shop's own) and ``version`` (TIMESTAMP: of two rows of a thing the later wins)."""
    exported = exp.cast(_parameter("exported_at"), "timestamp")
    if contract.day == "version":
        day: exp.Expr = exported - exp.Interval(this=_text(str(contract.day_starts_at)), unit=exp.var("hour"))
    elif contract.day == "period":
        day = _parameter("stated_day")
    else:
        day = exp.func("coalesce", *map(_quoted, contract.day))
    own = [_quoted(contract.version.rows)] if contract.version.rows else []
    version = exp.func("coalesce", *own, exported)
    return exp.alias_(exp.cast(day, "date"), "day"), exp.alias_(exp.cast(version, "timestamp"), "version")


def _unit(contract: Contract) -> exp.Expr:
    """What a newer export replaces: the whole day of a snapshot, the one thing of an upsert."""
    names = ("day",) if contract.mode == "snapshot" else contract.key
    keys = (exp.func("coalesce", exp.cast(_quoted(name), "varchar"), _text("")) for name in names)
    return exp.alias_(exp.func("concat_ws", _text(SEPARATOR), *keys), "unit")
