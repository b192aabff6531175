"""Where a file states its export time, its day or its days: the ``version``, ``period`` and ``span`` of a contract."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, model_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Version(_Strict):
    """How to know which of two exports is newer; with neither, the file's modification time."""

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


class StatedPeriod(_Strict):
    """Where a file without a date column says which day it is about: regular expressions.

    ``preamble`` is looked for in the lines above the header, ``name`` in the names of the file and its folder;
    group 1 is the day, group 2, where there is one, the last day of several.
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


class Span(_Strict):
    """Headers of the first and the last day that the file speaks of; the first record under the header has them."""

    first: str
    last: str
