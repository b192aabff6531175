"""Where the values of a contract's columns stand in a file, as expressions over its cells c0, c1, ..."""

from __future__ import annotations

from sqlglot import exp

from shopwatch.exports.contract import Column, Contract
from shopwatch.exports.headers import currency_in, plain, position_of

_text = exp.Literal.string


def cell_of(headers: tuple[str, ...], column: Column) -> exp.Expr:
    """Where a column's cells stand. A currency may stand in the header: Amount spent (USD)."""
    position = position_of(column.headers, headers)
    if position is None:
        return exp.cast(exp.null(), "varchar")
    stated = currency_in(column.headers, headers[position]) if column.type == "currency" else None
    cell = exp.column(f"c{position}")
    until = {plain(first): last for first, last in column.until.items()}.get(headers[position])
    return _text(stated) if stated else _until(cell, until, headers) if until else cell


def _until(first: exp.Expr, header: str, headers: tuple[str, ...]) -> exp.Expr:
    """The day of a range that is one day long; a longer range as ``parse_day`` knows it, which is no day."""
    position = position_of((header,), headers)
    last = _text("") if position is None else exp.func("coalesce", exp.column(f"c{position}"), _text(""))
    whole = exp.func("concat", first.copy(), _text("~"), last.copy())
    return exp.Case().when(first.copy().eq(last), first.copy()).when(first.copy().neq(_text("")), whole)


def is_data(contract: Contract, headers: tuple[str, ...]) -> exp.Expr:
    """``is_data``: false for totals and footers, which the contract names by a header and what stands under it.

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
    return exp.alias_(data, "is_data")
