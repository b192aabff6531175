"""Category values as SQL expressions."""

from __future__ import annotations

from sqlglot import exp

NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width forms of ASCII: （ is (."""


def meaning_of(cell: exp.Expr, values: dict[str, str]) -> exp.Expr:
    """Map a cell to its category value; NULL for an unknown word."""
    meaning = exp.Case(this=cell)
    for word, means in values.items():
        meaning = meaning.when(exp.Literal.string(word), exp.Literal.string(means), copy=False)
    return meaning


def folded(values: dict[str, str]) -> dict[str, str]:
    """Words normalised like the macro ``folded`` of ``types.sql``: 已发货，待收货 becomes 已发货,待收货."""
    return {"".join(word.translate(NARROW).split()).lower(): means for word, means in values.items()}
