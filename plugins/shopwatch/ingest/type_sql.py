"""Typing SQL: text rows to typed rows by contract, through the macros of ``types.sql`` and ``moments.sql``.

Most cells are in DuckDB's own notation and are simply cast; only the rest goes through the cleaning steps. Costly
values (pseudonyms, places) are computed once per distinct text.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from shopwatch.catalog.contracts import PERSONAL, STORED_AS, Column, Contract
from shopwatch.catalog.headers import position_of
from shopwatch.ingest.blanks import with_zeros, zero_flags
from shopwatch.ingest.categories import folded, meaning_of
from shopwatch.ingest.cells import cell_of, is_data

NUMBERS = frozenset({"money", "price", "count", "ratio"})
TIMES = frozenset({"day", "timestamp"})
PREPARATIONS = {"day": "one_day", "category": "folded"}
AS_WRITTEN = {"money": "decimal", "price": "decimal", "count": "integer", "day": "date", "timestamp": "moment"}
PLATFORM_IDS = frozenset({"order_id", "line_id", "refund_id", "settlement_id"})
PLACES = frozenset({"province", "city"})
OF_THE_FILE = {"shop": "VARCHAR", "exported_at": "TIMESTAMP", "stated_day": "DATE", "load_id": "VARCHAR"}
"""DuckDB variables with per-file values known before reading, and their types."""
SEPARATOR = "\x1f"
LINE, FILE = exp.column("line", quoted=True), exp.column("file_number", quoted=True)
CELL = "cell"


class Statements(NamedTuple):
    """``cells``: query that turns text cells into values. ``typed``: statements that create ``typed`` from its rows."""

    cells: str
    typed: tuple[str, ...]


@lru_cache(maxsize=128)
def statements(
    contract: Contract, headers: tuple[str, ...], date_order: str, *, side_by_side: bool = False
) -> Statements:
    """SQL statements for files of a contract with these headers.

    ``date_order``: order of dates without a leading year. ``side_by_side``: rows of several files, with the columns
    ``file_number`` and ``line``; the variables `OF_THE_FILE` are then lists with one value per file.
    """
    settled = contract.model_copy(update={"date_order": date_order})
    looked_up = _looked_up(settled, headers)
    own = [FILE, LINE] if side_by_side else []
    made: list[exp.Expr] = [_cell_values(settled, headers, looked_up, own)]
    made += (_create(meanings(cell), _meaning(settled, cell, names)) for cell, names in looked_up.items())
    made.append(_create("typed", _typed(settled, looked_up, own[:1]), kind="VIEW"))
    cells, *typed = ((_of_each_file(one) if side_by_side else one).sql(DuckDB, copy=False) for one in made)
    return Statements(cells, tuple(typed))


def _of_each_file(statement: exp.Expr) -> exp.Expr:
    """Replace the variables of a single file by the list element of the row's file."""

    def list_element(node: exp.Expr) -> exp.Expr:
        of_the_file = isinstance(node, exp.Anonymous) and node.name == "getvariable" and node.expressions[0].name
        return exp.func("list_extract", node, FILE.copy()) if of_the_file in OF_THE_FILE else node

    return statement.transform(list_element, copy=False)


def _create(name: str, statement: exp.Select, kind: str = "TABLE") -> exp.Create:
    temporary = exp.Properties(expressions=[exp.TemporaryProperty()])
    return exp.Create(this=exp.to_table(name), kind=kind, replace=True, properties=temporary, expression=statement)


def _looked_up(contract: Contract, headers: tuple[str, ...]) -> dict[str, list[str]]:
    """Cells whose value is computed once per distinct text -> columns read from them."""
    looked_up: dict[tuple[int, bool], list[str]] = {}
    for name, column in contract.columns.items():
        position = position_of(column.headers, headers)
        if column.type in PERSONAL and position is not None:
            looked_up.setdefault((position, column.type in PLACES), []).append(name)
    return {_raw(names[0]): names for names in looked_up.values()}


def _cell_values(
    contract: Contract, headers: tuple[str, ...], looked_up: dict[str, list[str]], own: list[exp.Column]
) -> exp.Select:
    """Steps of ``types.sql``, each as a CTE over the previous one.

    Columns: the contract's without looked-up ones, the cells of the latter, the problems, ``is_data``, and the ``own``
    columns that ``source`` has beside the cells.
    """
    columns = {name: column for name, column in contract.columns.items() if column.type not in PERSONAL}
    cells = {_raw(name): cell_of(headers, column) for name, column in columns.items()}
    keys = [_named(_key(contract, headers, names), cell) for cell, names in looked_up.items()]
    plainly = {name: column for name, column in columns.items() if column.type in {*AS_WRITTEN, "category"}}
    kept = [*own, *map(_quoted, looked_up), *(_quoted(_sure(name)) for name in plainly), _quoted("is_data")]
    guesses = [_named(_guess(cells[_raw(name)].copy(), column), _sure(name)) for name, column in plainly.items()]
    checked = [_named(_checked(name, contract), _sure(name)) for name, column in plainly.items()]
    others = [
        _named(exp.Case().when(_quoted(_sure(name)).is_(exp.null()), _quoted(_raw(name))), _raw(name))
        for name in plainly
    ]
    untouched = [_quoted(_raw(name)) for name in columns if name not in plainly]
    numbers = [name for name, column in columns.items() if column.type in NUMBERS]
    unsure = exp.array(*(_quoted(_raw(name)) for name in numbers), dialect="duckdb")
    together = exp.func("plain_numbers", unsure) if numbers else exp.null()
    plain = [
        _named(exp.func("list_extract", exp.column("plain_numbers"), exp.Literal.number(place)), _plain(name))
        for place, name in enumerate(numbers, start=1)
    ]
    plain += [
        _named(_unless_null(_quoted(_raw(n)), exp.func(PREPARATIONS[column.type], _quoted(_raw(n)))), _plain(n))
        for n, column in columns.items()
        if column.type in PREPARATIONS
    ]
    typed = [_named(_value(name, column, contract), name, quoted=True) for name, column in columns.items()]
    digits = [_raw(n) for n, column in columns.items() if column.type in NUMBERS | TIMES]
    others_kept = [_quoted(cell) for cell in cells if cell not in digits]
    with_dash = {_raw(name) for name, column in columns.items() if "-" in column.values}
    words = [_named(exp.func("nullif", _quoted(cell), _text("")), cell) for cell in sorted(with_dash)]
    steps = {
        "file_cells": _select(
            *own, *(_named(cell, name) for name, cell in cells.items()), *keys, *guesses, is_data(contract, headers)
        ).from_("source", copy=False),
        "checked_cells": _select(*own, *map(_quoted, (*cells, *looked_up)), *checked, _quoted("is_data")).from_(
            "file_cells", copy=False
        ),
        "other_cells": _select(*untouched, *others, *kept).from_("checked_cells", copy=False),
        "trimmed_cells": _cleaning_step("trimmed", cells, kept).from_("other_cells", copy=False),
        "bare_cells": _cleaning_step("bare", cells, kept).from_("trimmed_cells", copy=False),
        "narrow_cells": _cleaning_step("narrow", digits, [*others_kept, *kept]).from_("bare_cells", copy=False),
        "present_cells": _cleaning_step("present", [cell for cell in cells if cell not in with_dash], [*kept, *words])
        .select(*zero_flags(columns), copy=False)
        .from_("narrow_cells", copy=False),
        "number_cells": _select("*", _named(together, "plain_numbers")).from_("present_cells", copy=False),
        "ready_cells": _select("*", *plain).from_("number_cells", copy=False),
        "typed_cells": _select("*", *typed).from_("ready_cells", copy=False),
        "past_cells": _select(_completed(contract, headers)).from_("typed_cells", copy=False),
        "judged_cells": _select("*", _problems(contract)).from_("past_cells", copy=False),
    }
    shown = map(_quoted, (*columns, *looked_up))
    final = _select(*own, *shown, *_first_problem(contract), "problems", _quoted("is_data"))
    return _with_steps(steps, final.from_("judged_cells", copy=False))


def _completed(contract: Contract, headers: tuple[str, ...]) -> exp.Star:
    """All columns, with products, negated amounts and zero blanks; days in the future are set to NULL."""
    values: dict[str, exp.Expr] = {
        name: exp.Case().when(_is_past(_quoted(name)), _quoted(name)) for name in _days(contract)
    }
    values |= {
        name: exp.cast(_quoted(column.product_of[0]) * _quoted(column.product_of[1]), _stored(column))
        for name, column in contract.columns.items()
        if column.product_of and position_of(column.headers, headers) is None
    }
    values |= {name: exp.Neg(this=_quoted(name)) for name, column in contract.columns.items() if column.negate}
    values |= with_zeros(contract, headers, values)
    replaced = [_named(value, name, quoted=True) for name, value in values.items()]
    return exp.Star(replace=replaced) if replaced else exp.Star()


def _days(contract: Contract) -> tuple[str, ...]:
    return contract.day if isinstance(contract.day, tuple) else ()


def _is_past(moment: exp.Expr) -> exp.Expr:
    """Not after the export, with a tolerance of one day for time zones."""
    return moment <= _exported_at() + exp.Interval(this=_text("1"), unit=exp.var("day"))


def _exported_at() -> exp.Expr:
    return exp.cast(_variable("exported_at"), "timestamp")


def _meaning(contract: Contract, cell: str, names: list[str]) -> exp.Select:
    """Lookup query: values of each distinct cell."""
    read = [_named(_value(name, contract.columns[name], contract, CELL), name, quoted=True) for name in names]
    known = _quoted(cell).is_(exp.null()).not_()
    steps = {
        "cells": _select(_quoted(cell), _named(_quoted(cell), CELL))
        .distinct(copy=False)
        .from_("lines", copy=False)
        .where(known, copy=False),
        "trimmed_cells": _cleaning_step("trimmed", [CELL], [_quoted(cell)]).from_("cells", copy=False),
        "bare_cells": _cleaning_step("bare", [CELL], [_quoted(cell)]).from_("trimmed_cells", copy=False),
        "present_cells": _cleaning_step("present", [CELL], [_quoted(cell)]).from_("bare_cells", copy=False),
    }
    return _with_steps(steps, _select(_quoted(cell), *read).from_("present_cells", copy=False))


def _typed(contract: Contract, looked_up: dict[str, list[str]], file: list[exp.Column]) -> exp.Select:
    """Final rows: looked-up values joined, with day, version, unit and lineage."""
    meant = {
        name: exp.column(name, table=meanings(cell), quoted=True) for cell, names in looked_up.items() for name in names
    }
    nothing = exp.cast(exp.null(), "varchar")
    shown = [
        _named(meant.get(name, nothing.copy()), name, quoted=True) if column.type in PERSONAL else _quoted(name)
        for name, column in contract.columns.items()
    ]
    whole = (
        _select(*file, LINE, *shown, "problem", "problem_value", "problems")
        .from_("lines", copy=False)
        .where("is_data", copy=False)
    )
    for cell in looked_up:
        same = exp.column(cell, table="lines", quoted=True).eq(exp.column(cell, table=meanings(cell), quoted=True))
        whole = whole.join(meanings(cell), on=same, join_type="left", copy=False)
    steps = {
        "whole": whole,
        "filled": _select(_filled(contract, file)).from_("whole", copy=False),
        "dated": _select("*", *_dating(contract)).from_("filled", copy=False),
    }
    lineage = [_named(_variable(name), name) for name in ("source", "shop", "load_id")]
    constants = [_named(_text(value), name, quoted=True) for name, value in contract.constants.items()]
    rows = exp.Star(except_=[exp.to_identifier(column.name) for column in file])
    return _with_steps(steps, _select(rows, _unit(contract), *constants, *lineage).from_("dated", copy=False))


def _with_steps(steps: dict[str, exp.Select], final: exp.Select) -> exp.Select:
    for name, step in steps.items():
        final.with_(name, as_=step, copy=False)
    return final


def _key(contract: Contract, headers: tuple[str, ...], names: list[str]) -> exp.Expr:
    """Lookup key of a cell: the cell itself; for places, the head of the address."""
    column = contract.columns[names[0]]
    cell = cell_of(headers, column)
    return exp.func("place_of", cell) if column.type in PLACES else cell


def _guess(cell: exp.Expr, column: Column) -> exp.Expr:
    """Value of a cell that needs no cleaning, else NULL."""
    if column.type == "category":
        return meaning_of(cell, column.values)
    return exp.TryCast(this=cell, to=_stored(column))


def _checked(name: str, contract: Contract) -> exp.Expr:
    """The guess if the cell needs no cleaning, else NULL; a category's literal match is always certain."""
    kind, sure = contract.columns[name].type, _quoted(_sure(name))
    if kind == "category":
        return sure
    is_sure: exp.Expr = exp.func(f"is_{AS_WRITTEN[kind]}", _quoted(_raw(name)), sure)
    if name in _days(contract):
        is_sure = exp.and_(is_sure, _is_past(sure.copy()))
    return exp.Case().when(is_sure, sure.copy())


def _filled(contract: Contract, file: list[exp.Column]) -> exp.Expr:
    """All columns; a blank cell of ``fill_down`` takes the nearest value above with the same key."""
    filled = []
    for name in contract.fill_down:
        nearest = exp.Window(
            this=exp.IgnoreNulls(this=exp.func("last_value", _quoted(name))),
            partition_by=[*file, *map(_quoted, contract.key)],
            order=exp.Order(expressions=[exp.Ordered(this=LINE.copy())]),
            spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        )
        filled.append(_named(nearest, name, quoted=True))
    return exp.Star(replace=filled) if filled else exp.Star()


def _cleaning_step(macro: str, names: Iterable[str], kept: Iterable[exp.Expr]) -> exp.Select:
    """Cleaning step over the named cells. Most are NULL by now, and the NULL check spares them the macro."""
    cleaned = (_named(_unless_null(_quoted(name), exp.func(macro, _quoted(name))), name, quoted=True) for name in names)
    return _select(*cleaned, *kept)


def _unless_null(cell: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Case().when(_is_known(cell), value, copy=False)


def _is_known(cell: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=cell, expression=exp.null()))


def _named(value: exp.Expr, name: str, *, quoted: bool | None = None) -> exp.Expr:
    return exp.alias_(value, name, quoted=quoted, copy=False)


def _select(*expressions: exp.Expr | str) -> exp.Select:
    """SELECT of nodes as they are; copies of copies take most of the time otherwise."""
    return exp.select(*expressions, copy=False)


def _raw(name: str) -> str:
    return f"{name}_cell"


def _plain(name: str) -> str:
    return f"{name}_number"


def _sure(name: str) -> str:
    return f"{name}_sure"


def meanings(cell: str) -> str:
    """Name of the lookup table for a cell's distinct texts."""
    return f"meanings_of_{cell}"


def _stored(column: Column) -> exp.DataType:
    return exp.DataType.build(STORED_AS[column.type], "duckdb")


def _variable(name: str) -> exp.Expr:
    return exp.func("getvariable", _text(name))


def _quoted(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def _value(name: str, column: Column, contract: Contract, cell_name: str | None = None) -> exp.Expr:
    cell = _quoted(cell_name or (_plain(name) if column.type in {*NUMBERS, *PREPARATIONS} else _raw(name)))
    if column.type == "category":
        return exp.func("coalesce", _quoted(_sure(name)), meaning_of(cell, folded(column.values)))
    if column.type == "pseudonym":
        pads = (exp.Parameter(this=exp.var(name)) for name in ("inner_pad", "outer_pad"))
        return exp.func("parse_pseudonym", cell, *pads)
    reader: str = column.type
    context: list[exp.Expr] = []
    if column.type in TIMES:
        reader, context = f"{column.type}_{contract.date_order}", [_variable("timezone"), _exported_at()]
    elif column.type == "currency":
        context = [exp.cast(_variable("currency"), "varchar")]
    elif name in PLATFORM_IDS:
        reader = "platform_id"
    value = exp.cast(exp.func(f"parse_{reader}", cell, *context), _stored(column))
    return exp.func("coalesce", _quoted(_sure(name)), value) if column.type in AS_WRITTEN else value


def _unread(contract: Contract) -> dict[str, exp.Expr]:
    """Column -> condition that its cell has content but no value of its type.

    Personal types never fail: an address without a province is valid, and any cell has a pseudonym.
    """
    unread: dict[str, exp.Expr] = {
        name: exp.and_(_is_known(_quoted(_raw(name))), exp.Is(this=_quoted(name), expression=exp.null()), copy=False)
        for name, column in contract.columns.items()
        if column.type not in PERSONAL
    }
    times = [name for name in unread if contract.columns[name].type in TIMES]
    return unread | {
        n: exp.and_(unread[n], exp.Not(this=exp.func("is_no_time", _quoted(_raw(n)))), copy=False) for n in times
    }


def _problems(contract: Contract) -> exp.Expr:
    """Number of unreadable cells in the row."""
    count: exp.Expr = exp.Literal.number(0)
    for unread in _unread(contract).values():
        count = exp.Add(this=count, expression=exp.cast(unread, "integer"))
    return _named(count, "problems")


def _first_problem(contract: Contract) -> tuple[exp.Expr, exp.Expr]:
    """First unreadable column and its cell, computed only for rows that have one."""
    name, cell = exp.Case(), exp.Case()
    for column, unread in _unread(contract).items():
        name.when(unread.copy(), _text(column), copy=False)
        cell.when(unread, _quoted(_raw(column)), copy=False)
    bad = exp.column("problems") > 0
    first = (
        (exp.Case().when(bad.copy(), expression), word)
        for expression, word in ((name, "problem"), (cell, "problem_value"))
    )
    problem, value = (_named(expression, word) for expression, word in first)
    return problem, value


def _dating(contract: Contract) -> tuple[exp.Expr, exp.Expr]:
    """``day`` (DATE, in the shop's time zone) and ``version`` (TIMESTAMP; the later of two rows of a unit wins)."""
    exported = _exported_at()
    if contract.day == "version":
        day: exp.Expr = exported - exp.Interval(this=_text(str(contract.day_starts_at)), unit=exp.var("hour"))
    elif contract.day == "period":
        day = _variable("stated_day")
    else:
        stated = [exp.cast(_variable("stated_day"), "date")] if contract.period else []
        day = exp.func("coalesce", *map(_quoted, contract.day), *stated)
    own = [_quoted(contract.version.rows)] if contract.version.rows else []
    version = exp.func("coalesce", *own, exported)
    return _named(exp.cast(day, "date"), "day"), _named(exp.cast(version, "timestamp"), "version")


def _unit(contract: Contract) -> exp.Expr:
    """Unit replaced by a newer export: the whole day of a snapshot, a single key of an upsert."""
    names = ("day",) if contract.mode == "snapshot" else contract.key
    keys = (exp.func("coalesce", exp.cast(_quoted(name), "varchar"), _text("")) for name in names)
    return _named(exp.func("concat_ws", _text(SEPARATOR), *keys), "unit")
