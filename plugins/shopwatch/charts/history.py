"""History chart of a metric's last periods: one scene, as PNG for mails and as SVG for pages.

Columns in breach differ by colour, hatch and outline. A period without a value is an empty frame: dotted for no data,
dashed with a cross for blocked. Glyphs are limited to digits, Latin letters and signs, so no font has to be installed.
Equal histories give equal bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from html import escape
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Literal, NamedTuple

from shopwatch.charts.raster import png_of
from shopwatch.charts.shapes import FONT, Box, Label, Lines, Shape, hatch, svg_of
from shopwatch.core.i18n import MINUS, Language, Words, first_day_label, limit, number, signed, words
from shopwatch.core.settings import PROJECT

Verdict = Literal["ok", "breach", "no_data", "blocked"]
WIDTH, HEIGHT = 500, 150
SCALE = 1.5  # PNG scale; at 2 the text takes a third more of the mail
MOST_PERIODS = 12

CARD, BASE = "#ffffff", "#8a94a0"
INK, MUTED = "#1b2430", "#566170"
OK, BREACH, BREACH_TINT = "#b3bfcc", "#b42318", "#fbe3df"
DASHED, DOTTED, LONG = (5.0, 4.0), (1.5, 3.5), (7.0, 5.0)

LEFT, RIGHT, TOP, BOTTOM = 8, 60, 30, 32
WIDEST_SLOT, WIDEST_COLUMN = 64, 34
HATCH = 7
TIMES_LIMIT = 4
"""Cut columns above this multiple of the threshold, or those near the threshold become indistinguishable."""

PALETTE = (CARD, OK, "#d9dfe5", BREACH_TINT, BASE, INK, MUTED, "#abb0b8", BREACH, "#da918c")
"""PNG palette, with half tones that smooth the edges of text and lines."""

_CHARACTER = {".": 0.33, ",": 0.33, "%": 0.96, MINUS: 0.84, "-": 0.37, "W": 1.0, "M": 0.87}


class HistoryPoint(NamedTuple):
    """One closed period of a metric. ``value`` None means no value, which is not zero.

    ``reason``: why the period was not judged, if known (see ``judge/sql/judged.sql``).
    """

    start: date
    value: float | None
    verdict: Verdict
    reason: str | None = None


def is_worth_drawing(history: Sequence[HistoryPoint], unit: str) -> bool:
    """False if a chart adds nothing to the newest number: it is the only one, or days were counted up or down to it."""
    values = [period.value for period in history if period.value is not None]
    steps = {after - before for before, after in pairwise(values)}
    return len(values) > 1 and not (unit == "days" and steps in ({1}, {-1}))


def history_png(history: Sequence[HistoryPoint], threshold: float, unit: str, grain: str) -> bytes:
    """PNG of the last 12 periods, 750 x 225 pixels, for display at about 500 x 150."""
    shapes = _scene(history[-MOST_PERIODS:], threshold, unit, grain)
    return png_of(shapes, (WIDTH, HEIGHT), SCALE, PALETTE)


def history_svg(history: Sequence[HistoryPoint], threshold: float, unit: str, grain: str, title: str = "") -> str:
    """One ``<svg>`` element for a page: real text, no ids, no styles with side effects.

    ``title`` is the label for screen readers (see `alt_text`); without one the chart is hidden from them.
    """
    shapes = svg_of(_scene(history[-MOST_PERIODS:], threshold, unit, grain))
    role = f'role="img" aria-label="{escape(title)}"' if title else 'aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" {role} font-family="system-ui, sans-serif" font-size="{FONT:g}">{shapes}</svg>'
    )


def alt_text(
    history: Sequence[HistoryPoint], unit: str, grain: str, language: Language, include: Path = PROJECT / "include"
) -> str:
    """Alternative text of the chart, period by period."""
    return describe(history, unit, grain, words(include, language))


def describe(
    history: Sequence[HistoryPoint],
    unit: str,
    grain: str,
    say: Words,
    threshold: float | None = None,
    currency: str = "",
) -> str:
    """Alternative text as in `alt_text`; values close to ``threshold`` get enough decimals to differ from it."""
    shown = history[-MOST_PERIODS:]
    if not shown:
        return say("chart_empty")
    points = (
        say(
            "point_not_judged" if _state(period) == "no_data" and period.reason else f"point_{_state(period)}",
            label=first_day_label(period.start, grain),
            value=number(period.value, unit, say.language, near=threshold, currency=currency),
            why=say(f"reason_{period.reason}") if period.reason else "",
        )
        for period in shown
    )
    return say(f"chart_{grain}", count=len(shown), points=say("comma").join(points))


def _state(period: HistoryPoint) -> str:
    """Verdict for drawing: a period without a finite value is no_data even if judged."""
    if period.verdict in ("blocked", "no_data"):
        return period.verdict
    return period.verdict if period.value is not None and isfinite(period.value) else "no_data"


# Scene in CSS pixels, y downwards.


def _scene(history: Sequence[HistoryPoint], threshold: float, unit: str, grain: str) -> Iterator[Shape]:
    values = [p.value for p in history if p.value is not None and _state(p) in ("ok", "breach")]
    lowest, highest = min([0.0, threshold, *values]), max([0.0, threshold, *values])
    if threshold > 0:
        highest = min(highest, threshold * TIMES_LIMIT)
    span = (HEIGHT - TOP - BOTTOM) / ((highest - lowest) or 1)

    def level(value: float) -> int:  # whole pixels are crisp, and cheap in a PNG
        return round(HEIGHT - BOTTOM - (min(value, highest) - lowest) * span)

    slot = min(WIDEST_SLOT, (WIDTH - LEFT - RIGHT) // max(len(history), 1))
    first = WIDTH - RIGHT - slot * len(history)
    places = [(first + slot * index + slot // 2, period) for index, period in enumerate(history)]

    decimals = _decimals(values, unit, slot)

    yield Box(0, 0, WIDTH, HEIGHT, fill=CARD, radius=10)
    for x, period in places:
        yield from _column(x, min(WIDEST_COLUMN, slot * 3 // 10 * 2), period, level, highest)
    end, line = WIDTH - RIGHT + 4, level(threshold)
    yield Lines(((LEFT, level(0), end, level(0)),), BASE)
    yield Lines(((LEFT, line, end, line),), INK, 1.5, LONG)
    yield Label(end + 6, line + 5, _without_blanks(limit(threshold, unit, None)), INK, anchor="start")
    for x, period in places:
        last = period is history[-1]
        yield Label(x, HEIGHT - 11, first_day_label(period.start, grain), INK if last else MUTED, bold=last)
        if _state(period) in ("ok", "breach") and period.value is not None:
            y = level(max(period.value, 0.0)) - 7
            if y - FONT < line < y + 3:  # above the limit's line, which would cross it out
                y = line - 4
            yield from _value(x, y, period, _fit_value(period.value, unit, threshold, slot, decimals), last)


def _column(x: int, width: int, period: HistoryPoint, level: Callable[[float], int], highest: float) -> Iterator[Shape]:
    state, left = _state(period), x - width // 2
    if state not in ("ok", "breach") or period.value is None:
        yield from _empty(left, width, state, level(0))
        return
    top, bottom = sorted((level(period.value), level(0)))
    top = min(top, bottom - 3)  # keep a zero visible
    if state == "breach":
        yield Box(left, top, width, bottom - top, fill=BREACH_TINT, stroke=BREACH)
        yield Lines(hatch(left, top, width, bottom - top, HATCH), BREACH, 1.5)
    else:
        yield Box(left, top, width, bottom - top, fill=OK)
    if period.value > highest:
        cuts = tuple((left - 3, top + y + 3, left + width + 3, top + y - 3) for y in (10, 15))
        yield Lines(cuts, CARD, 2)


def _empty(left: int, width: int, state: str, base: int) -> Iterator[Shape]:
    height = 32
    top = max(base - height - 4, 2)
    yield Box(left, top, width, height, stroke=MUTED, dash=DASHED if state == "blocked" else DOTTED)
    if state == "blocked":
        x, y, arm = left + width / 2, top + height / 2, 5.5
        cross = ((x - arm, y - arm, x + arm, y + arm), (x - arm, y + arm, x + arm, y - arm))
        yield Lines(cross, MUTED, 1.75)


def _value(x: int, y: int, period: HistoryPoint, text: str, last: bool) -> Iterator[Shape]:
    breach = period.verdict == "breach"
    yield Box(x - _text_width(text) / 2 - 2, y - FONT, _text_width(text) + 4, FONT + 2, fill=CARD)
    yield Label(x, y, text, BREACH if breach else INK if last else MUTED, bold=last)


def _decimals(values: Sequence[float], unit: str, slot: float) -> int:
    """Decimals, at most 2, with which every value fits into its slot: those of a chart are written alike."""
    fitting = (most for most in (2, 1) if all(_text_width(_label(one, unit, most)) <= slot - 8 for one in values))
    return next(fitting, 0)


def _fit_value(value: float, unit: str, threshold: float, slot: float, decimals: int) -> str:
    """The value as its chart writes it; with more decimals, if they fit, where it would look equal to the limit."""
    for near in (threshold, None):
        text = _label(value, unit, decimals, near)
        if _text_width(text) <= slot - 8:
            return text
    return signed(f"{value / 1e6:.1f}M" if abs(value) >= 1e6 else f"{value / 1e3:.0f}k")


def _label(value: float, unit: str, decimals: int, near: float | None = None) -> str:
    """The number without the %, which the label of the limit has."""
    return _without_blanks(number(value, unit, None, near=near, decimals=decimals)).removesuffix("%")


def _without_blanks(text: str) -> str:
    return text.replace(" ", "")


def _text_width(text: str) -> float:
    """Approximate width of a text in CSS pixels."""
    return FONT * sum(_CHARACTER.get(character, 0.64) for character in text)
