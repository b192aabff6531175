"""Blank cells that mean zero under a contract (``blank``, ``measured_by``), as typing steps for ``type_sql.py``."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from shopwatch.catalog.contracts import STORED_AS, Column, Contract
from shopwatch.catalog.headers import position_of

LONG_DASHES = ("－", "—", "——", "–")  # written for -; see ``present`` in types.sql


def zero_flags(columns: Mapping[str, Column]) -> list[exp.Expr]:
    """``<column>_zero`` for each column with zero blanks: true if the raw cell is a blank that means zero."""
    flags: list[exp.Expr] = []
    for name, column in columns.items():
        if column.zeros:
            cell = exp.func("coalesce", _column(f"{name}_cell"), exp.Literal.string(""))
            texts = (*column.zeros, *LONG_DASHES) if "-" in column.zeros else column.zeros
            is_blank = cell.isin(*map(exp.Literal.string, texts))
            is_unread = _column(f"{name}_sure").is_(exp.null())
            flags.append(exp.alias_(exp.and_(is_unread, is_blank), f"{name}_zero"))
    return flags


def with_zeros(contract: Contract, headers: tuple[str, ...], values: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
    """Column -> value expression with zeros, for columns whose blanks mean zero. ``values``: expressions of earlier
    steps.

    With ``measured_by``, a blank is zero only in rows in which that column is filled.
    """
    made: dict[str, exp.Expr] = {}
    for name, column in contract.columns.items():
        has_cells = position_of(column.headers, headers) is not None
        has_factors = bool(column.product_of) and all(
            position_of(contract.columns[factor].headers, headers) is not None for factor in column.product_of
        )
        if not column.zeros or not (has_cells or has_factors):
            continue
        value = values.get(name, _column(name))
        is_zero: exp.Expr = _column(f"{name}_zero") if has_cells else value.copy().is_(exp.null())
        if contract.measured_by:
            is_zero = exp.and_(is_zero, _column(contract.measured_by).is_(exp.null()).not_())
        zero = exp.cast(exp.Literal.number(0), exp.DataType.build(STORED_AS[column.type], "duckdb"))
        made[name] = exp.Case().when(is_zero, zero).else_(value.copy())
    return made


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)
