"""Raster output: the shapes of a chart as a small PNG for a mail, drawn with Pillow and its built-in font."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from io import BytesIO
from itertools import cycle
from math import hypot
from typing import TYPE_CHECKING

from shopwatch.charts.shapes import Box, Label, Lines, Shape
from shopwatch.core.i18n import MINUS

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

FINER = 3  # oversampling factor; scaling down smooths all edges alike
BOLDER = 0.02  # stroke width as a share of the font size, for bold text from a regular face


def png_of(shapes: Iterable[Shape], size: tuple[int, int], scale: float, palette: tuple[str, ...]) -> bytes:
    """Render shapes on a transparent ground, in the nearest colours of the palette (15 at most).

    ``size`` in shape units, ``scale`` in pixels per unit. Equal shapes give equal bytes.
    """
    from PIL import Image, ImageDraw

    width, height = (round(side * scale) for side in size)
    clear = (*bytes.fromhex(palette[0][1:]), 0)  # edges of a transparent ground keep the colour of the card
    large = Image.new("RGBA", (width * FINER, height * FINER), clear)
    draw = ImageDraw.Draw(large)
    for shape in shapes:
        _draw(draw, shape, scale * FINER)
    small = large.reduce(FINER)
    return _encoded(small, palette)


def _encoded(image: Image, palette: tuple[str, ...]) -> bytes:
    from PIL import Image

    colours = [part for colour in palette for part in bytes.fromhex(colour[1:])]
    known = Image.new("P", (1, 1))
    known.putpalette(colours)
    indexed = image.convert("RGB").quantize(palette=known, dither=Image.Dither.NONE)
    clear = len(palette)
    indexed.putpalette([*colours, *colours[:3]])  # the last entry is transparent, and white where it is not understood
    indexed.paste(clear, mask=image.getchannel("A").point(lambda alpha: 255 if alpha < 128 else 0))
    file = BytesIO()
    indexed.save(file, "PNG", bits=4, compress_level=9, transparency=clear)
    return file.getvalue()


def _draw(draw: ImageDraw, shape: Shape, scale: float) -> None:
    match shape:
        case Box():
            left, top = shape.x * scale, shape.y * scale
            right, bottom = left + shape.width * scale, top + shape.height * scale
            if shape.fill:
                draw.rounded_rectangle((left, top, right - 1, bottom - 1), shape.radius * scale, shape.fill)
            if shape.stroke:
                around = (left, top, right, top), (right, top, right, bottom), (right, bottom, left, bottom)
                for side in (*around, (left, bottom, left, top)):
                    _line(draw, side, shape.stroke, scale, tuple(length * scale for length in shape.dash))
        case Lines():
            for line in shape.ends:
                x1, y1, x2, y2 = (scale * end for end in line)
                dash = tuple(length * scale for length in shape.dash)
                _line(draw, (x1, y1, x2, y2), shape.colour, shape.width * scale, dash)
        case Label():
            size = shape.size * scale
            anchor = "ls" if shape.anchor == "start" else "ms"
            text = shape.text.replace(MINUS, "-")  # the font has neither a minus nor a dash
            stroke = size * BOLDER if shape.bold else 0
            place = (shape.x * scale, shape.y * scale)
            draw.text(place, text, shape.colour, _font(size), anchor, stroke_width=round(stroke))


def _line(
    draw: ImageDraw, ends: tuple[float, float, float, float], colour: str, width: float, dash: tuple[float, ...]
) -> None:
    for piece in _pieces(ends, dash) if dash else (ends,):
        draw.line(piece, colour, max(round(width), 1))


def _pieces(
    ends: tuple[float, float, float, float], dash: tuple[float, ...]
) -> Iterator[tuple[float, float, float, float]]:
    """Split a line into its dashes; ``dash`` alternates strokes and gaps."""
    x1, y1, x2, y2 = ends
    length = hypot(x2 - x1, y2 - y1)
    done = 0.0
    for number, part in enumerate(cycle(dash)):
        if done >= length:
            return
        until = min(done + part, length)
        if number % 2 == 0:
            start, stop = done / length, until / length
            yield x1 + (x2 - x1) * start, y1 + (y2 - y1) * start, x1 + (x2 - x1) * stop, y1 + (y2 - y1) * stop
        done = until


@cache
def _font(size: float) -> FreeTypeFont:
    from PIL import ImageFont
    from PIL.ImageFont import FreeTypeFont

    font = ImageFont.load_default(size)
    assert isinstance(font, FreeTypeFont), "Pillow was built without FreeType"
    return font
