"""Weekly revenue chart of the review, as SVG in the page's colours.

Columns differ by fill and hatch, not by colour alone. Equal numbers give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from html import escape

from shopwatch.charts.shapes import Box, Label, Lines, Shape, hatch, svg_of
from shopwatch.core.i18n import signed

WIDE, NARROW = (700, 264), (350, 220)
WEEK, OTHER = "var(--chart-week)", "var(--chart-other)"
INK, MUTED, RULE, PAPER = "var(--ink)", "var(--muted)", "var(--line-strong)", "var(--paper)"
TOP, BOTTOM = 24, 36  # room for values above the columns, for week and day below
COLUMN = 0.62  # share of a week's slot
FEWEST = 6  # minimum number of slots: fewer weeks leave room at the left
STEP = 8  # distance between hatch lines
DASHED = (7.0, 5.0)


@dataclass(frozen=True)
class RevenueWeek:
    """One week. ``value`` None: no data. ``is_complete`` False: days are missing."""

    start: date
    value: Decimal | None
    is_complete: bool


def revenue_chart(
    columns: Sequence[RevenueWeek], scale: int, target: float | None, size: tuple[int, int], title: str
) -> str:
    """One ``<svg>`` of weekly revenue; the last column is the reviewed week.

    ``scale`` divides the values of the labels, ``title`` is the label for screen readers.
    """
    width, height = size
    shapes = svg_of(_scene(columns, scale, target, size))
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" class="figure">{shapes}</svg>'


def _scene(columns: Sequence[RevenueWeek], scale: int, target: float | None, size: tuple[int, int]) -> Iterator[Shape]:
    width, height = size
    values = [float(column.value) for column in columns if column.value is not None]
    lowest, highest = min([0.0, *values]), max([1.0, *values, target or 0.0])
    pixels = (height - TOP - BOTTOM) / (highest - lowest)

    def level(value: float) -> float:
        return round(height - BOTTOM - (value - lowest) * pixels, 1)

    slot = width / max(len(columns), FEWEST)
    centres = [width - slot * (len(columns) - place - 0.5) for place in range(len(columns))]
    for x, column in zip(centres, columns, strict=True):
        if column.value is not None:
            top, bottom = sorted((level(float(column.value)), level(0)))
            yield from _column(x - slot * COLUMN / 2, top, slot * COLUMN, bottom - top, column, columns[-1] is column)
    yield Lines(((0, level(0), width, level(0)),), RULE)
    if target is not None:
        yield Lines(((0, level(target), width, level(target)),), INK, 1.2, DASHED)
    for x, column in zip(centres, columns, strict=True):
        value = "–" if column.value is None else _short(column.value, scale)
        above = level(max(float(column.value or 0), 0)) - 7
        yield from _labels(x, column, (value, above), level(0), size, columns[-1] is column)


def _column(
    left: float, top: float, width: float, height: float, column: RevenueWeek, is_week: bool
) -> Iterator[Shape]:
    paint = WEEK if is_week else OTHER
    if column.is_complete:
        yield Box(left, top, width, height, fill=paint)
        return
    yield Box(left, top, width, height, fill=PAPER, stroke=paint)
    yield Lines(hatch(left, top, width, height, STEP), paint, 1.4)


def _labels(
    x: float, column: RevenueWeek, value: tuple[str, float], base: float, size: tuple[int, int], is_week: bool
) -> Iterator[Shape]:
    """Labels of a column: the value on a paper ground, as the target line may pass behind it; the week's days below."""
    font = 10.5 if size == NARROW else 12.5
    colour, (text, above) = INK if is_week else MUTED, value
    wide = len(text) * font * 0.62 + 4
    yield Box(x - wide / 2, above - font, wide, font + 3, fill=PAPER)
    yield Label(x, above, text, colour, bold=is_week, size=font)
    yield Label(x, base + 18, f"{column.start:%m-%d}", colour, bold=is_week, size=font)
    if size != NARROW:
        yield Label(x, base + 33, f"– {column.start + timedelta(days=6):%m-%d}", MUTED, size=font - 1.5)


def _short(value: Decimal, scale: int) -> str:
    """Format with three significant digits, which suffice on a column: ``7.06``, ``73.5``, ``412``."""
    scaled = value / scale
    decimals = 0 if scale == 1 or abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
    return signed(f"{scaled:,.{decimals}f}")
