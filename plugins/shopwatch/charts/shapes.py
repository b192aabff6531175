"""Chart shapes and their SVG. One unit is one CSS pixel, y downwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Literal

SOLID: tuple[float, ...] = ()
FONT = 14.0


@dataclass(frozen=True)
class Box:
    """Rectangle; ``fill`` and ``stroke`` are optional."""

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
    """Straight lines of one style, each from (x1, y1) to (x2, y2)."""

    ends: tuple[tuple[float, float, float, float], ...]
    colour: str
    width: float = 1
    dash: tuple[float, ...] = SOLID


@dataclass(frozen=True)
class Label:
    """Single line of text; ``y`` is the baseline."""

    x: float
    y: float
    text: str
    colour: str
    bold: bool = False
    anchor: Literal["start", "middle"] = "middle"
    size: float = FONT


Shape = Box | Lines | Label


def svg_of(shapes: Iterable[Shape]) -> str:
    """Render shapes as SVG elements: real text, no ids, no styles."""
    return "".join(map(_element, shapes))


def _element(shape: Shape) -> str:
    match shape:
        case Box():
            paint = f'fill="{shape.fill or "none"}"' + (f' stroke="{shape.stroke}"' if shape.stroke else "")
            corner = f' rx="{shape.radius:g}"' if shape.radius else ""
            place = f'x="{shape.x:.4g}" y="{shape.y:.4g}" width="{shape.width:.4g}" height="{shape.height:.4g}"'
            return f"<rect {place} {paint}{corner}{_dashes(shape.dash)}/>"
        case Lines():
            path = "".join(f"M{x1:.4g} {y1:.4g}L{x2:.4g} {y2:.4g}" for x1, y1, x2, y2 in shape.ends)
            pen = f'fill="none" stroke="{shape.colour}" stroke-width="{shape.width:g}"'
            return f'<path d="{path}" {pen}{_dashes(shape.dash)}/>'
        case Label():
            bold = ' font-weight="700"' if shape.bold else ""
            size = f' font-size="{shape.size:g}"' if shape.size != FONT else ""
            place = f'x="{shape.x:.4g}" y="{shape.y:.4g}" text-anchor="{shape.anchor}"'
            return f'<text {place} fill="{shape.colour}"{bold}{size}>{escape(shape.text)}</text>'


def _dashes(dash: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(f"{length:g}" for length in dash)}"' if dash else ""


def hatch(x: float, y: float, width: float, height: float, step: int) -> tuple[tuple[float, float, float, float], ...]:
    """Hatch lines rising to the right. They start at the lower left corner, so that all columns look the same."""
    bottom, lines = y + height, []
    start = step - width
    while start < height:
        low, high = max(start, 0), min(start + width, height)
        lines.append((x + low - start, bottom - low, x + high - start, bottom - high))
        start += step
    return tuple(lines)
