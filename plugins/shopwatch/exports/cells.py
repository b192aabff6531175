"""Where the values of a contract's columns stand in a file, as expressions over its cells c0, c1, ..."""

from __future__ import annotations

from sqlglot import exp

from shopwatch.exports.contract import Column, Contract
from shopwatch.exports.headers import currency_in, plain, position_of

NO_ID = ("", "-", "--")
NO_PART = (*NO_ID, "All", "全部")
"""Cells of a breakdown that name no part: Meta writes All in rows that are the sum of others."""
_text = exp.Literal.string


def cell_of(headers: tuple[str, ...], column: Column) -> exp.Expr:
    """What stands in a column's cells. A currency may stand in the header: Amount spent (USD)."""
    position = position_of(column.headers, headers)
    if position is None:
        return exp.cast(exp.null(), "varchar")
    if column.fingerprint:
        return _fingerprint(column, headers)
    if column.rewrite:
        pattern, replacement = column.rewrite
        cells = [exp.column(f"c{position}"), _text(pattern.pattern), _text(replacement)]
        return exp.Anonymous(this="regexp_replace", expressions=cells)
    stated = currency_in(column.headers, headers[position]) if column.type == "currency" else None
    cell = exp.column(f"c{position}")
    until = {plain(first): last for first, last in column.until.items()}.get(headers[position])
    return _text(stated) if stated else _until(cell, until, headers) if until else cell


def _fingerprint(column: Column, headers: tuple[str, ...]) -> exp.Expr:
    """A hash of the whole row, where the cells of all the column's headers are filled that the file has."""
    parts = (at for header in column.headers if (at := position_of((header,), headers)) is not None)
    filled = (_is_one_of(f"c{at}", NO_PART).not_() for at in parts)
    cells = (exp.func("coalesce", exp.column(f"c{at}"), _text("")) for at in range(len(headers)))
    return exp.Case().when(exp.and_(*filled), exp.func("md5", exp.func("concat_ws", _text("\x1f"), *cells)))


def _until(first: exp.Expr, header: str, headers: tuple[str, ...]) -> exp.Expr:
    """The day of a range of one day. A longer range is left as it is and fails to parse as a day."""
    position = position_of((header,), headers)
    last = _text("") if position is None else exp.func("coalesce", exp.column(f"c{position}"), _text(""))
    whole = exp.func("concat", first.copy(), _text("~"), last.copy())
    return exp.Case().when(first.copy().eq(last), first.copy()).when(first.copy().neq(_text("")), whole)


def is_data(contract: Contract, headers: tuple[str, ...]) -> exp.Expr:
    """``is_data``: false for totals and footers, and for rows of other things than the contract's.

    Either are named by a header and what stands under it. ``Total*`` is every cell that begins with Total. Of a list
    of products, campaigns and the like, a row with 合计 (total) for an id is a total, and so is one without ids that
    has it for a name.
    """
    totals = [under.not_() for under in (*_each_under(contract.skip, headers), *_unnamed_totals(contract, headers))]
    return exp.alias_(exp.and_(exp.true(), *totals, *_each_under(contract.only, headers)), "is_data")


def _unnamed_totals(contract: Contract, headers: tuple[str, ...]) -> list[exp.Expr]:
    """What makes a row a total though its contract does not name it. A template is filled in as people like."""
    columns = contract.columns.values() if contract.mode == "snapshot" and not contract.template else ()
    ids, names = (
        dict.fromkeys(at for c in columns if c.type == kind and (at := position_of(c.headers, headers)) is not None)
        for kind in ("id", "text")
    )
    if not ids:
        return []
    no_ids = exp.and_(*(_is_one_of(f"c{at}", NO_ID) for at in ids))
    names_total = exp.or_(exp.false(), *(_is_total(at) for at in names if at not in ids))
    return [exp.or_(*map(_is_total, ids)), exp.and_(no_ids, names_total)]


def _is_total(position: int) -> exp.Expr:
    return exp.func("is_total_word", exp.func("coalesce", exp.column(f"c{position}"), _text("")))


def _each_under(named: dict[str, tuple[str, ...]], headers: tuple[str, ...]) -> list[exp.Expr]:
    """For each header that the file has, whether one of the named cells stands under it."""
    positions = {header: position_of((header,), headers) for header in named}
    return [_is_one_of(f"c{at}", named[header]) for header, at in positions.items() if at is not None]


def _is_one_of(column: str, wanted: tuple[str, ...]) -> exp.Expr:
    cell = exp.func("coalesce", exp.func("trimmed", exp.column(column)), _text(""))
    whole = [_text(text) for text in wanted if not text.endswith("*")]
    begun = [exp.func("starts_with", cell.copy(), _text(text[:-1])) for text in wanted if text.endswith("*")]
    return exp.paren(exp.or_(exp.false(), *([cell.isin(*whole)] if whole else []), *begun))
