"""Detection of reports with a breakdown finer than the contract's key, whose keys therefore repeat."""

from __future__ import annotations

from pathlib import Path

from sqlglot import exp

from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.headers import position_of
from shopwatch.core.settings import Settings
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.profile import read_apart, with_all_columns

MOST_SHOWN = 3
NUMBER = r"[-+(\d.,%\s¥￥$€£)]*"


def splitting_headers(settings: Settings, path: Path, contract: Contract) -> list[str]:
    """Headers of non-key columns whose words differ between rows of the same key, as in the file; at most three.

    Raises RejectedError if the file cannot be read.
    """
    found = detect_contract(path, {contract.export: contract})
    days = contract.day if isinstance(contract.day, tuple) else ()
    named = [contract.columns[name] for name in (*contract.key, *days) if name in contract.columns]
    of_key = {at for column in named if (at := position_of(column.headers, found.headers)) is not None}
    others = [at for at, header in enumerate(found.headers) if at not in of_key and found.headers.count(header) == 1]
    if not of_key or not others:
        return []
    with read_apart(settings, with_all_columns(found)) as (con, _):
        keys = exp.select(*map(_of_cell, others)).from_("lines").group_by(*(exp.column(f"c{at}") for at in of_key))
        differ = exp.select(*(exp.func("bool_or", exp.column(f"c{at}")) for at in others)).from_(keys.subquery("keys"))
        row = con.execute(differ.sql("duckdb")).fetchone() or ()
    return [found.titles[at] for at, is_split in zip(others, row, strict=True) if is_split][:MOST_SHOWN]


def _of_cell(at: int) -> exp.Expr:
    """True if the cells of one key differ and contain a word."""
    cell = exp.column(f"c{at}")
    text = exp.func("coalesce", cell, exp.Literal.string(""))
    is_word = exp.func("regexp_full_match", text, exp.Literal.string(NUMBER)).not_()
    several = exp.GT(this=exp.Count(this=exp.Distinct(expressions=[cell.copy()])), expression=exp.Literal.number(1))
    return exp.alias_(exp.and_(several, exp.func("bool_or", is_word)), f"c{at}")
