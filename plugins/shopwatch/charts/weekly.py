"""The review's charts, as SVG that stands inside the page and takes the page's colours.

Columns differ by fill and hatch, not by colour alone. The only glyphs are digits and Latin letters. The same numbers
give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from shopwatch.core.i18n import period_label, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE, NARROW = (700, 264), (350, 220)
PAINTS = {
    "#010201": "var(--chart-week)",
    "#010202": "var(--chart-other)",
    "#010203": "var(--ink)",
    "#010204": "var(--muted)",
    "#010205": "var(--line-strong)",
    "#010206": "var(--paper)",
}
WEEK, OTHER, INK, MUTED, RULE, PAPER = PAINTS
HATCH = "////"


@dataclass(frozen=True)
class Column:
    """One week: ``value`` is None where there is no data, ``is_complete`` False where days are missing."""

    start: date
    value: Decimal | None
    is_complete: bool


def revenue_chart(
    columns: Sequence[Column], scale: int, target: float | None, size: tuple[int, int], key: str, title: str
) -> str:
    """One ``<svg>`` of weekly revenue; the last column is the reviewed week.

    ``scale`` divides the labels, ``key`` keeps its ids apart from other charts of the page, ``title`` is what a
    screen reader says.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    width, height = size
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": key, "hatch.linewidth": 1.4}):
        figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor="none")
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0.0, 36 / height, 1.0, 1 - 60 / height))
        axes.axis("off")
        _draw(axes, columns, scale, target, narrow=size == NARROW)
        file = BytesIO()
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _inline(file.getvalue(), key, title)


def _draw(axes: Axes, columns: Sequence[Column], scale: int, target: float | None, narrow: bool) -> None:
    values = [float(column.value) for column in columns if column.value is not None]
    axes.set_xlim(min(0, len(columns) - 6) - 0.5, len(columns) - 0.5)  # a few weeks do not fill the width
    axes.set_ylim(min([0.0, *values]), max([1.0, *values, target or 0.0]))
    size = 10.5 if narrow else 12.5
    for place, column in enumerate(columns):
        is_week = place == len(columns) - 1
        _column(axes, place, column, is_week)
        label = "–" if column.value is None else _short(column.value, scale)
        _label(axes, place, float(column.value or 0), label, size, is_week, above=True)
        _label(axes, place, 0, period_label(column.start, "week"), size, is_week, above=False)
        if not narrow:
            _label(axes, place, 0, f"{column.start:%m-%d}", size - 1.5, False, above=False, drop=33)
    axes.axhline(0, color=RULE, linewidth=1, clip_on=False)
    if target is not None:
        axes.axhline(target, color=INK, linewidth=1.2, linestyle=(0, (6, 4)), clip_on=False)


def _column(axes: Axes, place: int, column: Column, is_week: bool) -> None:
    if column.value is None:
        return
    paint = WEEK if is_week else OTHER
    axes.bar(
        place,
        float(column.value),
        width=0.62,
        color=paint if column.is_complete else PAPER,
        edgecolor=paint,
        hatch=None if column.is_complete else HATCH,
        linewidth=0 if column.is_complete else 1.4,
        clip_on=False,
    )


def _label(
    axes: Axes, x: float, y: float, text: str, size: float, strong: bool, *, above: bool, drop: float = 18
) -> None:
    axes.annotate(
        text,
        (x, max(y, 0) if above else 0),
        xytext=(0, 7 if above else -drop),
        textcoords="offset points",
        ha="center",
        va="baseline",
        fontsize=size,
        fontweight="bold" if strong else "normal",
        color=INK if strong else MUTED,
        annotation_clip=False,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1} if above else None,  # the target's line ends beside it
    )


def _short(value: Decimal, scale: int) -> str:
    """``7.06``, ``73.5``, ``412``: three figures are enough on a column."""
    scaled = value / scale
    decimals = 0 if scale == 1 or abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
    return signed(f"{scaled:,.{decimals}f}")


def _inline(drawn: bytes, key: str, title: str) -> str:
    """The drawing without what belongs to a file of its own: names of formats, style sheet, sizes, fonts."""
    root = ElementTree.fromstring(drawn)
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(name): value for name, value in element.attrib.items()}
        element.tail = None
        if element.tag != "text":
            element.text = None
        if element.tag == "text":
            element.attrib["style"] = _without_font(element.attrib["style"])
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in ("metadata", "style")]:
            parent.remove(child)
    _keep_apart(root, key)
    view = root.attrib["viewBox"]
    root.attrib = {"viewBox": view, "role": "img", "aria-label": title, "class": "figure"}
    text = ElementTree.tostring(root, "unicode")
    for sentinel, paint in PAINTS.items():
        text = text.replace(sentinel, paint)
    return text.replace(f'fill="{PAINTS[PAPER]}"', f'style="fill: {PAINTS[PAPER]}"')


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _without_font(style: str) -> str:
    parts = [part.strip() for part in style.split(";")]
    return "; ".join(part for part in parts if not part.startswith("font-family"))


def _keep_apart(root: ElementTree.Element, key: str) -> None:
    """Give every id the chart's own beginning, and drop those that nothing points to."""
    used = ElementTree.tostring(root, "unicode")
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "id" and f"url(#{value})" not in used and f'"#{value}"' not in used:
                del element.attrib["id"]
            elif name == "id":
                element.attrib["id"] = f"{key}-{value}"
            else:
                value = value.replace("url(#", f"url(#{key}-")
                element.attrib[name] = f"#{key}-{value[1:]}" if name == "href" and value[:1] == "#" else value
