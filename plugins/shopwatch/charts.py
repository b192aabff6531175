"""Small charts of a metric's last periods: one drawing, as PNG for mails and as SVG for pages.

Columns in breach differ by colour, hatch and outline; a period without a value is an empty frame, dotted
where there was no data and dashed with a cross where it was blocked. The only glyphs are digits, Latin
letters and signs, so no font has to be installed. The same history gives the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shopwatch.notify.message import Language, Period
from shopwatch.settings import PROJECT
from shopwatch.texts import MINUS, Words, limit, number, period_label, signed, words

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as Way
    from matplotlib.transforms import Affine2D

WIDTH, HEIGHT = 500, 150
SCALE = 1.5  # of the PNG: at 2 its text takes a third more of the mail
MOST_PERIODS = 12
COLOURS = 8

CARD, BASE = "#ffffff", "#8a94a0"
INK, MUTED = "#1b2430", "#566170"
OK, BREACH, BREACH_TINT = "#b3bfcc", "#b42318", "#fbe3df"
SOLID, DASHED, DOTTED, LONG = (), (5.0, 4.0), (1.5, 3.5), (7.0, 5.0)

LEFT, RIGHT, TOP, BOTTOM = 8, 60, 30, 32
WIDEST_SLOT, WIDEST_COLUMN = 64, 34
FONT, HATCH = 14.0, 7
TIMES_LIMIT = 4
"""Columns higher than this many thresholds are cut, or those near the threshold could not be told apart."""

PALETTE = (CARD, OK, BREACH_TINT, BASE, INK, "#8d929a", MUTED, "#abb0b8", BREACH, "#da918c", CARD)
"""The PNG's colours: half tones smooth the edges of text and lines; the last is transparent."""

_CHARACTER = {".": 0.33, ",": 0.33, "%": 0.96, MINUS: 0.84, "-": 0.37, "W": 1.0, "M": 0.87}


@dataclass(frozen=True)
class Box:
    """A rectangle; ``fill`` or ``stroke`` may be missing."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    dash: tuple[float, ...] = SOLID
    radius: float = 0


@dataclass(frozen=True)
class Lines:
    """Straight lines of one kind, each from (x1, y1) to (x2, y2)."""

    ends: tuple[tuple[float, float, float, float], ...]
    colour: str
    width: float = 1
    dash: tuple[float, ...] = SOLID


@dataclass(frozen=True)
class Label:
    """One line of text; ``y`` is its baseline."""

    x: float
    y: float
    text: str
    colour: str = MUTED
    bold: bool = False
    anchor: Literal["start", "middle"] = "middle"


Shape = Box | Lines | Label


def history_png(history: Sequence[Period], threshold: float, unit: str, grain: str) -> bytes:
    """The chart as a PNG of 750 x 225 pixels, to be shown at 500 x 150 or so; the last 12 periods."""
    from matplotlib.backends import backend_agg

    canvas: Any = backend_agg  # without types
    width, height = int(WIDTH * SCALE), int(HEIGHT * SCALE)
    agg = canvas.RendererAgg(width, height, 72)
    for shape in _scene(history[-MOST_PERIODS:], threshold, unit, grain):
        _paint(agg, shape)
    return _png(bytes(agg.buffer_rgba()), width, height)


def history_svg(history: Sequence[Period], threshold: float, unit: str, grain: str, title: str = "") -> str:
    """The chart as one ``<svg>`` element for a page: real text, no ids, no styles that reach beyond it.

    ``title`` names it for screen readers (see `alt_text`); without one it is hidden from them.
    """
    shapes = "".join(_svg(shape) for shape in _scene(history[-MOST_PERIODS:], threshold, unit, grain))
    said = f'role="img" aria-label="{escape(title)}"' if title else 'aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" {said} font-family="system-ui, sans-serif" font-size="{FONT:g}">{shapes}</svg>'
    )


def alt_text(
    history: Sequence[Period], unit: str, grain: str, language: Language, include: Path = PROJECT / "include"
) -> str:
    """What the chart shows, in words, period by period."""
    return describe(history, unit, grain, words(include, language))


def describe(
    history: Sequence[Period], unit: str, grain: str, say: Words, threshold: float | None = None, currency: str = ""
) -> str:
    """As `alt_text`; a value close to the ``threshold`` gets the decimals that tell it from it."""
    shown = history[-MOST_PERIODS:]
    if not shown:
        return say("chart_empty")
    points = (
        say(
            "point_not_judged" if _state(period) == "no_data" and period.reason else f"point_{_state(period)}",
            label=period_label(period.start, grain),
            value=number(period.value, unit, say.language, near=threshold, currency=currency),
            why=say(f"reason_{period.reason}") if period.reason else "",
        )
        for period in shown
    )
    return say(f"chart_{grain}", count=len(shown), points=say("comma").join(points))


def _state(period: Period) -> str:
    """The verdict, but a period without a value has no data whatever the verdict says."""
    if period.verdict in ("blocked", "no_data"):
        return period.verdict
    return period.verdict if period.value is not None and isfinite(period.value) else "no_data"


# The drawing, in units of one CSS pixel, y downwards.


def _scene(history: Sequence[Period], threshold: float, unit: str, grain: str) -> Iterator[Shape]:
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

    yield Box(0, 0, WIDTH, HEIGHT, fill=CARD, radius=10)
    for x, period in places:
        yield from _column(x, min(WIDEST_COLUMN, slot * 3 // 10 * 2), period, level, highest)
    end, line = WIDTH - RIGHT + 4, level(threshold)
    yield Lines(((LEFT, level(0), end, level(0)),), BASE)
    yield Lines(((LEFT, line, end, line),), INK, 1.5, LONG)
    yield Label(end + 6, line + 5, _tight(limit(threshold, unit, None)), INK, anchor="start")
    for x, period in places:
        last = period is history[-1]
        yield Label(x, HEIGHT - 11, period_label(period.start, grain), INK if last else MUTED, bold=last)
        if _state(period) in ("ok", "breach") and period.value is not None:
            y = level(max(period.value, 0.0)) - 7
            if y - FONT < line < y + 3:  # it stands above the limit's line, which would cross it out
                y = line - 4
            yield from _value(x, y, period, (threshold, unit, slot), last)


def _column(x: int, width: int, period: Period, level: Callable[[float], int], highest: float) -> Iterator[Shape]:
    state, left = _state(period), x - width // 2
    if state not in ("ok", "breach") or period.value is None:
        yield from _empty(left, width, state, level(0))
        return
    top, bottom = sorted((level(period.value), level(0)))
    top = min(top, bottom - 3)  # a zero is seen as one
    if state == "breach":
        yield Box(left, top, width, bottom - top, fill=BREACH_TINT, stroke=BREACH)
        yield Lines(tuple(_hatch(left, top, width, bottom - top)), BREACH, 1.5)
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


def _hatch(x: int, y: int, width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Lines rising to the right, counted from the lower left, so that all columns have the same."""
    bottom = y + height
    for step in range(HATCH - width, height, HATCH):
        low, high = max(step, 0), min(step + width, height)
        yield x + low - step, bottom - low, x + high - step, bottom - high


def _value(x: int, y: int, period: Period, written: tuple[float, str, float], last: bool) -> Iterator[Shape]:
    threshold, unit, slot = written
    text = _fitting(period.value or 0.0, unit, threshold, slot)
    breach = period.verdict == "breach"
    yield Box(x - _wide(text) / 2 - 2, y - FONT, _wide(text) + 4, FONT + 2, fill=CARD)
    yield Label(x, y, text, BREACH if breach else INK if last else MUTED, bold=last)


def _fitting(value: float, unit: str, threshold: float, slot: float) -> str:
    """The value with as many decimals as its place has room for."""
    for decimals, near in ((2, threshold), (2, None), (1, None), (0, None)):
        text = _tight(number(value, unit, None, near=near, decimals=decimals)).removesuffix("%")  # the limit says it
        if _wide(text) <= slot - 8:
            return text
    return signed(f"{value / 1e6:.1f}M" if abs(value) >= 1e6 else f"{value / 1e3:.0f}k")


def _tight(text: str) -> str:
    return text.replace(" ", "")


def _wide(text: str) -> float:
    """About how wide a text is."""
    return FONT * sum(_CHARACTER.get(character, 0.64) for character in text)


# Two ways to put it down.


def _svg(shape: Shape) -> str:
    match shape:
        case Box():
            paint = f'fill="{shape.fill or "none"}"' + (f' stroke="{shape.stroke}"' if shape.stroke else "")
            corner = f' rx="{shape.radius:g}"' if shape.radius else ""
            place = f'x="{shape.x:.4g}" y="{shape.y:.4g}" width="{shape.width:.4g}" height="{shape.height:.4g}"'
            return f"<rect {place} {paint}{corner}{_dashes(shape.dash)}/>"
        case Lines():
            way = "".join(f"M{x1:.4g} {y1:.4g}L{x2:.4g} {y2:.4g}" for x1, y1, x2, y2 in shape.ends)
            pen = f'fill="none" stroke="{shape.colour}" stroke-width="{shape.width:g}"'
            return f'<path d="{way}" {pen}{_dashes(shape.dash)}/>'
        case Label():
            bold = ' font-weight="700"' if shape.bold else ""
            place = f'x="{shape.x:.4g}" y="{shape.y:.4g}" text-anchor="{shape.anchor}"'
            return f'<text {place} fill="{shape.colour}"{bold}>{escape(shape.text)}</text>'


def _dashes(dash: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(f"{length:g}" for length in dash)}"' if dash else ""


def _paint(agg: Any, shape: Shape) -> None:
    """Put a shape on matplotlib's canvas. It bears no types; at 72 dpi its points are pixels."""
    match shape:
        case Box():
            pen = _pen(agg, shape.stroke or CARD, 1 if shape.stroke else 0, shape.dash)
            agg.draw_path(pen, _outline(shape), _place(), _colour(shape.fill))
        case Lines():
            agg.draw_path(_pen(agg, shape.colour, shape.width, shape.dash), _way(shape), _place())
        case Label():
            font = _font(shape.bold)
            wide, _, _ = agg.get_text_width_height_descent(shape.text, font, False)
            left = shape.x * SCALE - (wide / 2 if shape.anchor == "middle" else 0)
            agg.draw_text(_pen(agg, shape.colour), round(left), round(shape.y * SCALE), shape.text, font, 0)


def _pen(agg: Any, colour: str, width: float = 1, dash: tuple[float, ...] = SOLID) -> Any:
    pen = agg.new_gc()
    pen.set_foreground(colour)
    pen.set_linewidth(width * SCALE)
    pen.set_dashes(0, [length * SCALE for length in dash] or None)
    pen.set_capstyle("butt")
    return pen


def _colour(colour: str | None) -> tuple[float, ...] | None:
    return tuple(part / 255 for part in bytes.fromhex(colour[1:])) if colour else None


def _outline(box: Box) -> Way:
    from matplotlib.patches import BoxStyle

    style = BoxStyle.Round(pad=0, rounding_size=box.radius) if box.radius else BoxStyle.Square(pad=0)
    return style(box.x, box.y, box.width, box.height, 1)


def _way(lines: Lines) -> Way:
    from matplotlib.path import Path as Way

    points = [point for x1, y1, x2, y2 in lines.ends for point in ((x1, y1), (x2, y2))]
    return Way(points, [Way.MOVETO, Way.LINETO] * len(lines.ends))


@cache
def _place() -> Affine2D:
    """From the drawing's pixels to the canvas's, which counts from below."""
    from matplotlib.transforms import Affine2D

    return Affine2D().scale(SCALE, -SCALE).translate(0, HEIGHT * SCALE)


@cache
def _font(bold: bool) -> FontProperties:
    """The font that comes with matplotlib: the same on every machine."""
    from matplotlib import get_data_path
    from matplotlib.font_manager import FontProperties

    file = Path(get_data_path(), "fonts", "ttf", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    return FontProperties(fname=file, size=FONT * SCALE)


def _png(rgba: bytes, width: int, height: int) -> bytes:
    """Pixels as a PNG of the palette's colours, half a byte a pixel: a third of what true colour takes."""
    import numpy as np

    pixels = np.frombuffer(rgba, np.uint8).reshape(height, width, 4)
    red, green, blue, alpha = (pixels[:, :, channel].astype(np.uint16) >> 4 for channel in range(4))
    index = np.frombuffer(_nearest(), np.uint8)[red << 8 | green << 4 | blue]
    index = np.where(alpha < 8, len(PALETTE) - 1, index).astype(np.uint8)
    rows = np.zeros((height, width // 2 + 1), np.uint8)  # each row starts with filter 0
    rows[:, 1:] = index[:, ::2] << 4 | index[:, 1::2]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 15, 9)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(bytes.fromhex(colour[1:]) for colour in PALETTE)),
            _chunk(b"tRNS", b"\xff" * (len(PALETTE) - 1) + b"\0"),
            _chunk(b"IDAT", squeeze.compress(rows.tobytes()) + squeeze.flush()),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@cache
def _nearest() -> bytes:
    """For each colour of 4 bits a channel, the palette's nearest."""
    colours = [tuple(bytes.fromhex(colour[1:])) for colour in PALETTE[:-1]]

    def nearest(code: int) -> int:
        wanted = [(code >> shift & 15) * 17 for shift in (8, 4, 0)]
        apart = [sum((a - b) ** 2 for a, b in zip(wanted, colour, strict=True)) for colour in colours]
        return apart.index(min(apart))

    return bytes(nearest(code) for code in range(4096))
