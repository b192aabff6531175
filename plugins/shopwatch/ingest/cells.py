"""Cell expressions of a contract's columns, over the cells c0, c1, ... of a file."""

from __future__ import annotations

from sqlglot import exp

from shopwatch.catalog.contracts import Column, Contract
from shopwatch.catalog.headers import currency_in, plain, position_of

NO_ID = ("", "-", "--")
NO_PART = (*NO_ID, "All", "全部", "Alle")
"""Breakdown cells that name no part: Meta writes All in subtotal rows."""
BETWEEN = "; "
"""Between the filled cells of a row that should fill one only; see ``unreadable.sql``."""
ZERO = r"[-+¥￥$£€]?\s*0+([.,]0*)?"
_text = exp.Literal.string


def cell_of(headers: tuple[str, ...], column: Column) -> exp.Expr:
    """Expression of a column's raw cell; NULL if the file lacks it.

    A currency may come from the header: Amount spent (USD).
    """
    position = position_of(column.headers, headers)
    if position is None:
        return exp.cast(exp.null(), "varchar")
    if column.fingerprint:
        return _fingerprint(column, headers)
    if column.one_of:
        return _first_rewritten(column, headers) if column.rewrite else _filled(column, headers)
    if column.rewrite:
        pattern, replacement = column.rewrite
        cells = [exp.column(f"c{position}"), _text(pattern.pattern), _text(replacement)]
        return exp.Anonymous(this="regexp_replace", expressions=cells)
    stated = currency_in(column.headers, headers[position]) if column.type == "currency" else None
    cell = exp.column(f"c{position}")
    until = {plain(first): last for first, last in column.until.items()}.get(headers[position])
    return _text(stated) if stated else _until(cell, until, headers) if until else cell


def _fingerprint(column: Column, headers: tuple[str, ...]) -> exp.Expr:
    """MD5 of the whole row; NULL unless the cells under all of the column's headers in the file are filled."""
    parts = (at for header in column.headers if (at := position_of((header,), headers)) is not None)
    filled = (_is_one_of(f"c{at}", NO_PART).not_() for at in parts)
    cells = (exp.func("coalesce", exp.column(f"c{at}"), _text("")) for at in range(len(headers)))
    return exp.Case().when(exp.and_(*filled), exp.func("md5", exp.func("concat_ws", _text("\x1f"), *cells)))


def _filled(column: Column, headers: tuple[str, ...]) -> exp.Expr:
    """The one filled cell under the column's headers; several filled cells read ``header: cell; header: cell``.

    Cells that mean zero are filled only if all are: 0.00 beside an amount adds nothing to it.
    """
    places = {header: at for header in column.headers if (at := position_of((header,), headers)) is not None}
    written = {header: exp.func("trimmed", exp.column(f"c{at}")) for header, at in places.items()}
    present = {header: exp.func("present", cell.copy()) for header, cell in written.items()}
    filled = {header: _unless_zero(cell) if column.zeros else cell for header, cell in present.items()}
    several = exp.Anonymous(  # sqlglot's own is NULL if a cell is
        this="concat_ws", expressions=[_text(BETWEEN), *(_named_cell(*one) for one in filled.items())]
    )
    blank = (exp.func("nullif", cell, _text("")) for cell in written.values())
    one = exp.func("coalesce", *filled.values(), *(cell.copy() for cell in present.values()), *blank)
    return exp.Case().when(exp.func("contains", several, _text(BETWEEN)), several.copy()).else_(one)


def _first_rewritten(column: Column, headers: tuple[str, ...]) -> exp.Expr:
    """The rewritten cell under the first of the column's headers whose cell matches; NULL if none does."""
    assert column.rewrite
    pattern, replacement = (_text(text) for text in (column.rewrite[0].pattern, column.rewrite[1]))
    matched = exp.Case()
    for header in column.headers:
        if (at := position_of((header,), headers)) is not None:
            cell = exp.func("trimmed", exp.column(f"c{at}"))
            matches = exp.Anonymous(this="regexp_matches", expressions=[cell, pattern.copy()])
            written = exp.Anonymous(
                this="regexp_replace", expressions=[cell.copy(), pattern.copy(), replacement.copy()]
            )
            matched = matched.when(matches, written)
    return matched


def _named_cell(header: str, cell: exp.Expr) -> exp.Expr:
    """``header: cell``; NULL if the cell is."""
    return exp.DPipe(this=_text(f"{header}: "), expression=cell.copy())


def _unless_zero(cell: exp.Expr) -> exp.Expr:
    is_zero = exp.func(
        "coalesce", exp.Anonymous(this="regexp_full_match", expressions=[cell, _text(ZERO)]), exp.false()
    )
    return exp.Case().when(is_zero.not_(), cell.copy())


def _until(first: exp.Expr, header: str, headers: tuple[str, ...]) -> exp.Expr:
    """Day of a one-day range. A longer range stays a range and fails to parse as a day."""
    position = position_of((header,), headers)
    last = _text("") if position is None else exp.func("coalesce", exp.column(f"c{position}"), _text(""))
    whole = exp.func("concat", first.copy(), _text("~"), last.copy())
    return exp.Case().when(first.copy().eq(last), first.copy()).when(first.copy().neq(_text("")), whole)


def is_data(contract: Contract, headers: tuple[str, ...]) -> exp.Expr:
    """``is_data`` flag: false for totals and footers (``skip``), and for rows outside the contract's scope (``only``).

    Both match cells under a header; ``Total*`` matches every cell that begins with Total. In entity lists, a row with
    合计 (total) as its id is a total, as is a row without ids that has it as its name. In lists of events, so is a row
    with 合计 as an id of its key.
    """
    skipped, kept = (_each_under(contract, named, headers) for named in (contract.skip, contract.only))
    totals = [under.not_() for under in (*skipped, *_unnamed_totals(contract, headers))]
    return exp.alias_(exp.and_(exp.true(), *totals, *kept), "is_data")


def _unnamed_totals(contract: Contract, headers: tuple[str, ...]) -> list[exp.Expr]:
    """Conditions for total rows not named by the contract. Templates, filled in freely by people, are exempt."""
    if contract.template:
        return []
    if contract.mode == "upsert":
        keys = (contract.columns[name] for name in contract.key if name in contract.columns)
        places = (position_of(column.headers, headers) for column in keys if column.type == "id")
        return [_is_total(at) for at in places if at is not None]
    columns = contract.columns.values()
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


def _each_under(contract: Contract, named: dict[str, tuple[str, ...]], headers: tuple[str, ...]) -> list[exp.Expr]:
    """One condition per header in the file: the cell under it is one of the named cells.

    The usual header of a column stands for the column's other headers, too.
    """
    aliases = {c.headers[0]: c.headers for c in contract.columns.values() if not c.fingerprint}
    positions = {header: position_of((header, *aliases.get(header, ())), headers) for header in named}
    return [_is_one_of(f"c{at}", named[header]) for header, at in positions.items() if at is not None]


def _is_one_of(column: str, wanted: tuple[str, ...]) -> exp.Expr:
    cell = exp.func("coalesce", exp.func("trimmed", exp.column(column)), _text(""))
    whole = [_text(text) for text in wanted if not text.endswith("*")]
    begun = [exp.func("starts_with", cell.copy(), _text(text[:-1])) for text in wanted if text.endswith("*")]
    return exp.paren(exp.or_(exp.false(), *([cell.isin(*whole)] if whole else []), *begun))
