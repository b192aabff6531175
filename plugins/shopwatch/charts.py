"""Small charts of a metric's last periods: one drawing, as PNG for mails and as SVG for pages.

Columns in breach differ by colour, hatch and outline; a period without a value is an empty frame, dotted where there
was no data and dashed with a cross where it was blocked. The only glyphs are digits and Latin letters, so no font
has to be installed. The same history gives the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from shopwatch.notify.message import Language, Period
from shopwatch.settings import PROJECT
from shopwatch.texts import limit, number, period_label, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Affine2D

WIDTH, HEIGHT, SCALE = 560, 150, 2
MOST_PERIODS = 12
COLOURS = 8

CARD, FRAME, BASE = "#ffffff", "#dfe3e8", "#8a94a0"
INK, MUTED = "#1b2430", "#566170"
OK, BREACH, BREACH_TINT = "#b3bfcc", "#b42318", "#fbe3df"
SOLID, DASHED, DOTTED, LONG = (), (5.0, 4.0), (1.5, 3.5), (7.0, 5.0)

LEFT, RIGHT, TOP, BOTTOM = 14, 70, 30, 32
WIDEST_SLOT, WIDEST_COLUMN = 64.0, 34.0
FONT = 14.0
TIMES_LIMIT = 4
"""Columns higher than this many thresholds are cut, or those near the threshold could not be told apart."""

PALETTE = (CARD, FRAME, OK, BREACH_TINT, BASE, INK, "#8d929a", MUTED, "#abb0b8", BREACH, "#da918c", CARD)
"""The PNG's colours: half tones smooth the edges of text and lines; the last is transparent."""

_CHARACTER = {".": 0.33, ",": 0.33, "%": 0.96, "-": 0.37, "W": 1.0, "M": 0.87}


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
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
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


Shape = Box | Line | Label


def history_png(history: Sequence[Period], threshold: float, unit: str, grain: str) -> bytes:
    """The chart as a PNG of 1120 x 300 pixels, to be shown at 560 x 150 or smaller; only the last 12 periods."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH * SCALE / 100, HEIGHT * SCALE / 100), dpi=100, facecolor="none")
    canvas = FigureCanvasAgg(figure)
    _paint(figure, list(_scene(history[-MOST_PERIODS:], threshold, unit, grain)))
    canvas.draw()
    return _png(bytes(canvas.buffer_rgba()), WIDTH * SCALE, HEIGHT * SCALE)


def history_svg(history: Sequence[Period], threshold: float, unit: str, grain: str, title: str = "") -> str:
    """The chart as one ``<svg>`` element for a page: real text, no ids, no styles that reach beyond it.

    ``title`` names it for screen readers (see `alt_text`); without one it is hidden from them.
    """
    shapes = "".join(_svg(shape) for shape in _scene(history[-MOST_PERIODS:], threshold, unit, grain))
    said = f'role="img" aria-label="{escape(title)}"' if title else 'aria-hidden="true"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'{said} font-family="system-ui, sans-serif" font-size="{FONT:g}">{shapes}</svg>'
    )


def alt_text(
    history: Sequence[Period],
    unit: str,
    grain: str,
    language: Language,
    threshold: float | None = None,
    include: Path = PROJECT / "include",
) -> str:
    """What the chart shows, in words, period by period; ``threshold`` as in `shopwatch.texts.number`."""
    say = words(include, language)
    shown = history[-MOST_PERIODS:]
    if not shown:
        return say("chart_empty")
    points = (
        say(
            f"point_{_state(period)}",
            label=period_label(period.start, grain),
            value=number(period.value, unit, near=threshold),
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

    def level(value: float) -> float:
        return HEIGHT - BOTTOM - (min(value, highest) - lowest) * span

    slot = min(WIDEST_SLOT, (WIDTH - LEFT - RIGHT) / max(len(history), 1))
    first = WIDTH - RIGHT - slot * len(history)
    places = [(first + slot * (index + 0.5), period) for index, period in enumerate(history)]

    yield Box(0.5, 0.5, WIDTH - 1, HEIGHT - 1, fill=CARD, stroke=FRAME, radius=10)
    for x, period in places:
        yield from _column(x, min(WIDEST_COLUMN, slot * 0.62), period, level, highest)
    yield Line(LEFT, level(0), WIDTH - RIGHT + 4, level(0), BASE)
    yield Line(LEFT, level(threshold), WIDTH - RIGHT + 4, level(threshold), INK, 1.5, LONG)
    yield Label(WIDTH - RIGHT + 10, level(threshold) + 5, _tight(limit(threshold, unit)), INK, anchor="start")
    for x, period in places:
        last = period is history[-1]
        yield Label(x, HEIGHT - 11, period_label(period.start, grain), INK if last else MUTED, bold=last)
        if _state(period) in ("ok", "breach") and period.value is not None:
            yield from _value(x, level(max(period.value, 0.0)) - 7, period, (threshold, unit, slot), last)


def _column(
    x: float, width: float, period: Period, level: Callable[[float], float], highest: float
) -> Iterator[Shape]:
    state, left = _state(period), x - width / 2
    if state not in ("ok", "breach") or period.value is None:
        yield from _empty(left, width, state)
        return
    top, bottom = sorted((level(period.value), level(0)))
    top = min(top, bottom - 3)  # a zero is seen as one
    if state == "breach":
        yield Box(left, top, width, bottom - top, fill=BREACH_TINT, stroke=BREACH)
        yield from _hatch(left, top, width, bottom - top)
    else:
        yield Box(left, top, width, bottom - top, fill=OK)
    if period.value > highest:
        for y in (top + 10, top + 15):
            yield Line(left - 3, y + 3, left + width + 3, y - 3, CARD, 2)


def _empty(left: float, width: float, state: str) -> Iterator[Shape]:
    height = 36.0
    top, bottom, right = HEIGHT - BOTTOM - height, HEIGHT - BOTTOM - 4, left + width
    yield Box(left, top, width, bottom - top, stroke=MUTED, dash=DASHED if state == "blocked" else DOTTED)
    if state == "blocked":
        middle, centre, arm = (top + bottom) / 2, (left + right) / 2, 5.5
        yield Line(centre - arm, middle - arm, centre + arm, middle + arm, MUTED, 1.75)
        yield Line(centre - arm, middle + arm, centre + arm, middle - arm, MUTED, 1.75)


def _hatch(x: float, y: float, width: float, height: float, step: float = 7) -> Iterator[Line]:
    along = step
    while along < width + height:
        yield Line(
            round(x + max(0.0, along - height), 2),
            round(y + min(along, height), 2),
            round(x + min(along, width), 2),
            round(y + max(0.0, along - width), 2),
            BREACH,
            1.5,
        )
        along += step


def _value(
    x: float, y: float, period: Period, written: tuple[float, str, float], last: bool
) -> Iterator[Shape]:
    threshold, unit, slot = written
    text = _fitting(period.value or 0.0, unit, threshold, slot)
    breach = period.verdict == "breach"
    yield Box(x - _wide(text) / 2 - 2, y - FONT + 2, _wide(text) + 4, FONT, fill=CARD)
    yield Label(x, y, text, BREACH if breach else INK if last else MUTED, bold=last)


def _fitting(value: float, unit: str, threshold: float, slot: float) -> str:
    """The value with as many decimals as its place has room for."""
    for decimals, near in ((2, threshold), (2, None), (1, None), (0, None)):
        text = _tight(number(value, unit, near=near, decimals=decimals))
        if _wide(text) <= slot - 1:
            return text
    return f"{value / 1e6:.1f}M" if abs(value) >= 1e6 else f"{value / 1e3:.0f}k"


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
            place = (
                f'x="{shape.x:.4g}" y="{shape.y:.4g}" width="{shape.width:.4g}" height="{shape.height:.4g}"'
            )
            return f"<rect {place} {paint}{corner}{_dashes(shape.dash)}/>"
        case Line():
            ends = f'x1="{shape.x1:.4g}" y1="{shape.y1:.4g}" x2="{shape.x2:.4g}" y2="{shape.y2:.4g}"'
            return (
                f'<line {ends} stroke="{shape.colour}" stroke-width="{shape.width:g}"{_dashes(shape.dash)}/>'
            )
        case Label():
            bold = ' font-weight="700"' if shape.bold else ""
            place = f'x="{shape.x:.4g}" y="{shape.y:.4g}" text-anchor="{shape.anchor}"'
            return f'<text {place} fill="{shape.colour}"{bold}>{escape(shape.text)}</text>'


def _dashes(dash: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(f"{length:g}" for length in dash)}"' if dash else ""


def _paint(figure: Figure, scene: Sequence[Shape]) -> None:
    """Put the shapes on a figure, in its pixels."""
    from matplotlib.transforms import Affine2D

    place = Affine2D().scale(SCALE, -SCALE).translate(0, HEIGHT * SCALE)
    for order, shape in enumerate(scene):
        match shape:
            case Box():
                _paint_box(figure, shape, place, order)
            case Line():
                _paint_line(figure, shape, place, order)
            case Label():
                _paint_label(figure, shape, place, order)


def _points(pixels: float) -> float:
    """CSS pixels in matplotlib's points at 100 dpi."""
    return pixels * SCALE * 0.72


def _paint_box(figure: Figure, box: Box, place: Affine2D, order: int) -> None:
    from matplotlib.patches import BoxStyle, FancyBboxPatch

    figure.add_artist(
        FancyBboxPatch(
            (box.x, box.y),
            box.width,
            box.height,
            boxstyle=BoxStyle.Round(pad=0, rounding_size=box.radius)
            if box.radius
            else BoxStyle.Square(pad=0),
            facecolor=box.fill or "none",
            edgecolor=box.stroke or "none",
            linewidth=_points(1) if box.stroke else 0,
            linestyle=(0, box.dash) if box.dash else "solid",
            transform=place,
            zorder=order,
        )
    )


def _paint_line(figure: Figure, line: Line, place: Affine2D, order: int) -> None:
    from matplotlib.lines import Line2D

    figure.add_artist(
        Line2D(
            (line.x1, line.x2),
            (line.y1, line.y2),
            color=line.colour,
            linewidth=_points(line.width),
            linestyle=(0, line.dash) if line.dash else "solid",
            solid_capstyle="butt",
            transform=place,
            zorder=order,
        )
    )


def _paint_label(figure: Figure, label: Label, place: Affine2D, order: int) -> None:
    from matplotlib import get_data_path
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text

    file = Path(get_data_path(), "fonts", "ttf", "DejaVuSans-Bold.ttf" if label.bold else "DejaVuSans.ttf")
    figure.add_artist(
        Text(
            label.x,
            label.y,
            label.text,
            color=label.colour,
            fontproperties=FontProperties(fname=file, size=_points(FONT)),
            horizontalalignment="center" if label.anchor == "middle" else "left",
            verticalalignment="baseline",
            parse_math=False,
            transform=place,
            zorder=order,
        )
    )


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
