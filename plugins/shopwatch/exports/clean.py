"""Rows of text to typed rows, by contract, through the macros of ``types.sql``.

Most cells are as DuckDB itself would write them, and are cast; the steps that clean a cell see the others. What costs
most, pseudonyms and places, is worked out once for all rows that say the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from shopwatch.exports.blanks import with_zeros, zero_flags
from shopwatch.exports.categories import folded, meaning_of
from shopwatch.exports.cells import cell_of, is_data
from shopwatch.exports.contract import PERSONAL, STORED_AS, Column, Contract
from shopwatch.exports.headers import position_of

NUMBERS = frozenset({"money", "price", "count", "ratio"})
TIMES = frozenset({"day", "timestamp"})
PREPARATIONS = {"day": "one_day", "category": "folded"}
AS_WRITTEN = {"money": "decimal", "price": "decimal", "count": "integer", "day": "date", "timestamp": "moment"}
PLATFORM_IDS = frozenset({"order_id", "line_id", "refund_id", "settlement_id"})
PLACES = frozenset({"province", "city"})
OF_THE_FILE = {"shop": "VARCHAR", "exported_at": "TIMESTAMP", "stated_day": "DATE", "load_id": "VARCHAR"}
"""The variables with what is known of each row of a file before it is read, and their types."""
SEPARATOR = "\x1f"
LINE, FILE = exp.column("line", quoted=True), exp.column("file_number", quoted=True)
SAID = "said"


class Statements(NamedTuple):
    """``cells``: the query that turns cells of text into values. ``typed``: what makes ``typed`` of its rows."""

    cells: str
    typed: tuple[str, ...]


@lru_cache(maxsize=128)
def statements(
    contract: Contract, headers: tuple[str, ...], date_order: str, *, side_by_side: bool = False
) -> Statements:
    """The statements for files of a contract with these headers.

    ``date_order``: in which a date without a leading year is written. ``side_by_side``: for the rows of several files,
    which have the columns ``file_number`` and ``line``; what is `OF_THE_FILE` then is a list, one value a file.
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
    """The statement with the values of the one file exchanged for those of the file that a row is from."""

    def exchanged(node: exp.Expr) -> exp.Expr:
        of_the_file = isinstance(node, exp.Anonymous) and node.name == "getvariable" and node.expressions[0].name
        return exp.func("list_extract", node, FILE.copy()) if of_the_file in OF_THE_FILE else node

    return statement.transform(exchanged, copy=False)


def _create(name: str, statement: exp.Select, kind: str = "TABLE") -> exp.Create:
    temporary = exp.Properties(expressions=[exp.TemporaryProperty()])
    return exp.Create(this=exp.to_table(name), kind=kind, replace=True, properties=temporary, expression=statement)


def _looked_up(contract: Contract, headers: tuple[str, ...]) -> dict[str, list[str]]:
    """The cells whose meaning is worked out once, with the columns that are read from them."""
    looked_up: dict[tuple[int, bool], list[str]] = {}
    for name, column in contract.columns.items():
        position = position_of(column.headers, headers)
        if column.type in PERSONAL and position is not None:
            looked_up.setdefault((position, column.type in PLACES), []).append(name)
    return {_raw(names[0]): names for names in looked_up.values()}


def _cell_values(
    contract: Contract, headers: tuple[str, ...], looked_up: dict[str, list[str]], own: list[exp.Column]
) -> exp.Select:
    """The steps of ``types.sql``, each in a CTE over the one before it.

    Columns: the contract's but for those that are looked up, the cells of these, the problems, ``is_data``, and
    the ``own`` ones that ``source`` has beside the cells.
    """
    columns = {name: column for name, column in contract.columns.items() if column.type not in PERSONAL}
    cells = {_raw(name): cell_of(headers, column) for name, column in columns.items()}
    keys = [exp.alias_(_key(contract, headers, names), cell) for cell, names in looked_up.items()]
    plainly = {name: column for name, column in columns.items() if column.type in {*AS_WRITTEN, "category"}}
    kept = [*own, *map(_quoted, looked_up), *(_quoted(_sure(name)) for name in plainly), _quoted("is_data")]
    guesses = [exp.alias_(_guess(cells[_raw(name)].copy(), column), _sure(name)) for name, column in plainly.items()]
    checked = [exp.alias_(_checked(name, contract), _sure(name)) for name, column in plainly.items()]
    others = [
        exp.alias_(exp.Case().when(_quoted(_sure(name)).is_(exp.null()), _quoted(_raw(name))), _raw(name))
        for name in plainly
    ]
    untouched = [_quoted(_raw(name)) for name in columns if name not in plainly]
    plain = [
        exp.alias_(_if_any(_quoted(_raw(n)), exp.func(macro, _quoted(_raw(n)))), _plain(n))
        for n in columns
        if (macro := _preparation(columns[n]))
    ]
    typed = [exp.alias_(_value(name, column, contract), name, quoted=True) for name, column in columns.items()]
    with_dash = {_raw(name) for name, column in columns.items() if "-" in column.values}
    words = [exp.alias_(exp.func("nullif", _quoted(cell), _text("")), cell) for cell in sorted(with_dash)]
    steps = {
        "file_cells": exp.select(
            *own, *(exp.alias_(cell, name) for name, cell in cells.items()), *keys, *guesses, is_data(contract, headers)
        ).from_("source"),
        "checked_cells": exp.select(*own, *map(_quoted, (*cells, *looked_up)), *checked, _quoted("is_data")).from_(
            "file_cells"
        ),
        "other_cells": exp.select(*untouched, *others, *kept).from_("checked_cells"),
        "trimmed_cells": _each("trimmed", cells, kept).from_("other_cells"),
        "bare_cells": _each("bare", cells, kept).from_("trimmed_cells"),
        "present_cells": _each("present", [cell for cell in cells if cell not in with_dash], [*kept, *words])
        .select(*zero_flags(columns))
        .from_("bare_cells"),
        "ready_cells": exp.select("*", *plain).from_("present_cells"),
        "typed_cells": exp.select("*", *typed).from_("ready_cells"),
        "past_cells": exp.select(_completed(contract, headers)).from_("typed_cells"),
        "judged_cells": exp.select("*", _problems(contract)).from_("past_cells"),
    }
    shown = map(_quoted, (*columns, *looked_up))
    final = exp.select(*own, *shown, *_first_problem(contract), "problems", _quoted("is_data"))
    return _after(steps, final.from_("judged_cells"))


def _completed(contract: Contract, headers: tuple[str, ...]) -> exp.Star:
    """All columns, with products and the zeros of blanks; a day that has not come says nothing."""
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
    replaced = [exp.alias_(value, name, quoted=True) for name, value in values.items()]
    return exp.Star(replace=replaced) if replaced else exp.Star()


def _days(contract: Contract) -> tuple[str, ...]:
    return contract.day if isinstance(contract.day, tuple) else ()


def _is_past(moment: exp.Expr) -> exp.Expr:
    """Not after the export, but for the width of the time zones."""
    return moment <= _exported_at() + exp.Interval(this=_text("1"), unit=exp.var("day"))


def _exported_at() -> exp.Expr:
    return exp.cast(_of_the_load("exported_at"), "timestamp")


def _meaning(contract: Contract, cell: str, names: list[str]) -> exp.Select:
    """What each distinct cell says."""
    read = [exp.alias_(_value(name, contract.columns[name], contract, SAID), name, quoted=True) for name in names]
    known = _quoted(cell).is_(exp.null()).not_()
    steps = {
        "cells": exp.select(_quoted(cell), exp.alias_(_quoted(cell), SAID)).distinct().from_("lines").where(known),
        "trimmed_cells": _each("trimmed", [SAID], [_quoted(cell)]).from_("cells"),
        "bare_cells": _each("bare", [SAID], [_quoted(cell)]).from_("trimmed_cells"),
        "present_cells": _each("present", [SAID], [_quoted(cell)]).from_("bare_cells"),
    }
    return _after(steps, exp.select(_quoted(cell), *read).from_("present_cells"))


def _typed(contract: Contract, looked_up: dict[str, list[str]], file: list[exp.Column]) -> exp.Select:
    """The rows with what was looked up, their day, version, unit and lineage."""
    meant = {
        name: exp.column(name, table=meanings(cell), quoted=True) for cell, names in looked_up.items() for name in names
    }
    nothing = exp.cast(exp.null(), "varchar")
    shown = [
        exp.alias_(meant.get(name, nothing.copy()), name, quoted=True) if column.type in PERSONAL else _quoted(name)
        for name, column in contract.columns.items()
    ]
    whole = exp.select(*file, LINE, *shown, "problem", "problem_value", "problems").from_("lines").where("is_data")
    for cell in looked_up:
        same = exp.column(cell, table="lines", quoted=True).eq(exp.column(cell, table=meanings(cell), quoted=True))
        whole = whole.join(meanings(cell), on=same, join_type="left")
    steps = {
        "whole": whole,
        "filled": exp.select(_filled(contract, file)).from_("whole"),
        "dated": exp.select("*", *_dating(contract)).from_("filled"),
    }
    lineage = [exp.alias_(_of_the_load(name), name) for name in ("source", "shop", "load_id")]
    constants = [exp.alias_(_text(value), name, quoted=True) for name, value in contract.constants.items()]
    rows = exp.Star(except_=[exp.to_identifier(column.name) for column in file])
    return _after(steps, exp.select(rows, _unit(contract), *constants, *lineage).from_("dated"))


def _after(steps: dict[str, exp.Select], final: exp.Select) -> exp.Select:
    for name, step in steps.items():
        final.with_(name, as_=step, copy=False)
    return final


def _key(contract: Contract, headers: tuple[str, ...], names: list[str]) -> exp.Expr:
    """What is looked up of a cell: the whole of it, of an address its head."""
    column = contract.columns[names[0]]
    cell = cell_of(headers, column)
    return exp.func("place_of", cell) if column.type in PLACES else cell


def _guess(cell: exp.Expr, column: Column) -> exp.Expr:
    """The value of a cell that needs no cleaning."""
    if column.type == "category":
        return meaning_of(cell, column.values)
    return exp.TryCast(this=cell, to=_stored(column))


def _checked(name: str, contract: Contract) -> exp.Expr:
    """The guess, where nothing has to be cleaned; what is said of a category's cell as it stands is no guess."""
    kind, sure = contract.columns[name].type, _quoted(_sure(name))
    if kind == "category":
        return sure
    is_sure: exp.Expr = exp.func(f"is_{AS_WRITTEN[kind]}", _quoted(_raw(name)), sure)
    if name in _days(contract):
        is_sure = exp.and_(is_sure, _is_past(sure.copy()))
    return exp.Case().when(is_sure, sure.copy())


def _filled(contract: Contract, file: list[exp.Column]) -> exp.Expr:
    """All columns; a blank cell of ``fill_down`` has the value of the nearest filled line above, of the same key."""
    filled = []
    for name in contract.fill_down:
        nearest = exp.Window(
            this=exp.IgnoreNulls(this=exp.func("last_value", _quoted(name))),
            partition_by=[*file, *map(_quoted, contract.key)],
            order=exp.Order(expressions=[exp.Ordered(this=LINE.copy())]),
            spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW"),
        )
        filled.append(exp.alias_(nearest, name, quoted=True))
    return exp.Star(replace=filled) if filled else exp.Star()


def _each(macro: str, names: Iterable[str], kept: Iterable[exp.Expr]) -> exp.Select:
    """A step of cleaning. Most cells are NULL by now: to ask that first spares them the step."""
    cleaned = (exp.alias_(_if_any(_quoted(name), exp.func(macro, _quoted(name))), name, quoted=True) for name in names)
    return exp.select(*cleaned, *kept)


def _if_any(cell: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Case().when(cell.is_(exp.null()).not_(), value)


def _raw(name: str) -> str:
    return f"{name}_cell"


def _plain(name: str) -> str:
    return f"{name}_number"


def _sure(name: str) -> str:
    return f"{name}_sure"


def meanings(cell: str) -> str:
    """The table of what each distinct text of a cell says."""
    return f"meanings_of_{cell}"


def _stored(column: Column) -> exp.DataType:
    return exp.DataType.build(STORED_AS[column.type], "duckdb")


def _of_the_load(name: str) -> exp.Expr:
    return exp.func("getvariable", _text(name))


def _quoted(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _parameter(name: str) -> exp.Parameter:
    return exp.Parameter(this=exp.var(name))


def _text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def _preparation(column: Column) -> str | None:
    """The macro that readies a present cell for its type: as a step of its own, it is bound once."""
    return "plain_number" if column.type in NUMBERS else PREPARATIONS.get(column.type)


def _value(name: str, column: Column, contract: Contract, cell_name: str | None = None) -> exp.Expr:
    cell = _quoted(cell_name or (_plain(name) if _preparation(column) else _raw(name)))
    if column.type == "category":
        return exp.func("coalesce", _quoted(_sure(name)), meaning_of(cell, folded(column.values)))
    if column.type == "pseudonym":
        return exp.func("parse_pseudonym", cell, _parameter("inner_pad"), _parameter("outer_pad"))
    reader: str = column.type
    context: list[exp.Expr] = []
    if column.type in TIMES:
        reader, context = f"{column.type}_{contract.date_order}", [_of_the_load("timezone"), _exported_at()]
    elif column.type == "currency":
        context = [exp.cast(_of_the_load("currency"), "varchar")]
    elif name in PLATFORM_IDS:
        reader = "platform_id"
    value = exp.cast(exp.func(f"parse_{reader}", cell, *context), _stored(column))
    return exp.func("coalesce", _quoted(_sure(name)), value) if column.type in AS_WRITTEN else value


def _unread(contract: Contract) -> dict[str, exp.Expr]:
    """For each column whether its cell holds something that its type cannot read.

    An address without a province is no fault of the row, and any cell has a pseudonym.
    """
    unread: dict[str, exp.Expr] = {
        name: exp.and_(_quoted(_raw(name)).is_(exp.null()).not_(), _quoted(name).is_(exp.null()))
        for name, column in contract.columns.items()
        if column.type not in PERSONAL
    }
    times = [name for name in unread if contract.columns[name].type in TIMES]
    return unread | {n: exp.and_(unread[n], exp.func("is_no_time", _quoted(_raw(n))).not_()) for n in times}


def _problems(contract: Contract) -> exp.Expr:
    """How many cells of the row cannot be read."""
    count: exp.Expr = exp.Literal.number(0)
    for unread in _unread(contract).values():
        count = exp.Add(this=count, expression=exp.cast(unread, "integer"))
    return exp.alias_(count, "problems")


def _first_problem(contract: Contract) -> tuple[exp.Expr, exp.Expr]:
    """The first column that cannot be read, and its cell: looked for in the few rows that have one."""
    name, cell = exp.Case(), exp.Case()
    for column, unread in _unread(contract).items():
        name.when(unread.copy(), _text(column), copy=False)
        cell.when(unread, _quoted(_raw(column)), copy=False)
    bad = exp.column("problems") > 0
    first = ((exp.Case().when(bad.copy(), said), word) for said, word in ((name, "problem"), (cell, "problem_value")))
    problem, value = (exp.alias_(said, word) for said, word in first)
    return problem, value


def _dating(contract: Contract) -> tuple[exp.Expr, exp.Expr]:
    """``day`` (DATE, the shop's own) and ``version`` (TIMESTAMP: of two rows of a thing the later wins)."""
    exported = _exported_at()
    if contract.day == "version":
        day: exp.Expr = exported - exp.Interval(this=_text(str(contract.day_starts_at)), unit=exp.var("hour"))
    elif contract.day == "period":
        day = _of_the_load("stated_day")
    else:
        stated = [exp.cast(_of_the_load("stated_day"), "date")] if contract.period else []
        day = exp.func("coalesce", *map(_quoted, contract.day), *stated)
    own = [_quoted(contract.version.rows)] if contract.version.rows else []
    version = exp.func("coalesce", *own, exported)
    return exp.alias_(exp.cast(day, "date"), "day"), exp.alias_(exp.cast(version, "timestamp"), "version")


def _unit(contract: Contract) -> exp.Expr:
    """What a newer export replaces: the whole day of a snapshot, the one thing of an upsert."""
    names = ("day",) if contract.mode == "snapshot" else contract.key
    keys = (exp.func("coalesce", exp.cast(_quoted(name), "varchar"), _text("")) for name in names)
    return exp.alias_(exp.func("concat_ws", _text(SEPARATOR), *keys), "unit")
