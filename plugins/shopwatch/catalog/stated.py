"""Export time, day and days stated by a file: ``version``, ``period`` and ``span`` of a contract."""

from __future__ import annotations

import re

from pydantic import model_validator

from shopwatch.core.declaration import Declaration


class Version(Declaration):
    """Order of two exports: by digits in the file name or by a column; with neither, by modification time."""

    name: str | None = None
    rows: str | None = None

    @model_validator(mode="after")
    def _name_finds_digits(self) -> Version:
        try:
            groups = re.compile(self.name or "()").groups
        except re.error as error:
            raise ValueError(f"`name` is not a regular expression: {error}") from error
        if groups != 1:
            raise ValueError("`name` marks the digits of the export time with one pair of brackets")
        return self


class StatedPeriod(Declaration):
    """Regular expressions for the day of a file without a date column.

    ``preamble`` searches the lines above the header row, ``name`` the names of the file and its folder.
    Group 1 is the day; optional group 2 is the last day of a range.
    """

    preamble: str | None = None
    name: str | None = None

    @model_validator(mode="after")
    def _finds_days(self) -> StatedPeriod:
        patterns = [pattern for pattern in (self.preamble, self.name) if pattern]
        if not patterns:
            raise ValueError("`period` needs `preamble` or `name`")
        for pattern in patterns:
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(f"`period` is not a regular expression: {error}") from error
            if groups not in (1, 2):
                raise ValueError("`period` marks the day, or first and last day, with one or two pairs of brackets")
        return self


class SpanHeaders(Declaration):
    """Headers of the first and last day that the file covers. The first record has the values."""

    first: str
    last: str
