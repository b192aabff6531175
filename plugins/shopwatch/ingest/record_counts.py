"""Account of the lines of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecordCounts:
    """Account of every line of a file: ``lines`` is the sum of ``above``, ``records``, ``inside`` and ``blank``.

    ``above``: down to the header row. ``records``: good records below it, plus every line of ``broken`` ones, which
    have no readable cells. ``inside``: continuation lines of good records. ``blank``: lines without any value.
    """

    records: int
    broken: int
    lines: int
    above: int
    inside: int
    blank: int
