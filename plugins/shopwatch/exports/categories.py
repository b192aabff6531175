"""Meanings of the words of a category, as expressions."""

from __future__ import annotations

from sqlglot import exp

NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""The full-width forms of ASCII: （ is (."""


def meaning_of(cell: exp.Expr, values: dict[str, str]) -> exp.Expr:
    """What a cell means; NULL where it is none of the words."""
    meaning = exp.Case(this=cell)
    for word, means in values.items():
        meaning.when(exp.Literal.string(word), exp.Literal.string(means), copy=False)
    return meaning


def folded(values: dict[str, str]) -> dict[str, str]:
    """Words as the macro of this name in ``types.sql`` makes them: 已发货，待收货 is 已发货,待收货."""
    return {"".join(word.translate(NARROW).split()).lower(): means for word, means in values.items()}
