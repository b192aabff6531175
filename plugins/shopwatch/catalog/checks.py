"""Checks that a contract declares about its rows."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from shopwatch.core.declaration import Declaration
from shopwatch.core.i18n import Title

Level = Literal["fail", "warn"]
NEEDS: dict[str, tuple[str, ...]] = {
    "not_null": ("column",),
    "unique": ("columns",),
    "between": ("column",),
    "at_most_column": ("column", "other"),
    "ordered": ("earlier", "later"),
}


class Check(Declaration):
    """One expectation, run by Great Expectations (see ``ingest/check.py``).

    ``where``: the check holds for rows whose categories are among these values. ``advice``: what to do, in place of the
    sentence of the expectation.
    """

    expect: Literal["not_null", "unique", "between", "at_most_column", "ordered"]
    level: Level
    column: str | None = None
    columns: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    other: str | None = None
    earlier: str | None = None
    later: str | None = None
    where: dict[str, tuple[str, ...]] = {}
    advice: Title | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Check:
        missing = [name for name in NEEDS[self.expect] if not getattr(self, name)]
        if self.expect == "between" and self.min is None and self.max is None:
            missing.append("min or max")
        if missing:
            raise ValueError(f"{self.expect} needs {', '.join(missing)}")
        if self.where and self.expect == "unique":
            raise ValueError("`where` does not belong to unique")
        return self

    def named(self) -> set[str]:
        """Columns that the check refers to."""
        single = {self.column, self.other, self.earlier, self.later} - {None}
        return {c for c in single if c} | set(self.columns) | self.where.keys()
