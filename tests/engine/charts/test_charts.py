"""Charts: what is drawn and said for each kind of period, sizes, times, and that nothing depends on the machine."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shopwatch.charts import history as charts
from shopwatch.charts.history import HistoryPoint, Verdict
from shopwatch.notify.mail import COLOURS

W46 = date(2026, 11, 9)
PROJECT = Path(__file__).resolve().parents[3]


def weeks(*points: tuple[float | None, Verdict]) -> tuple[HistoryPoint, ...]:
    first = W46 - timedelta(weeks=len(points) - 1)
    return tuple(HistoryPoint(first + timedelta(weeks=n), *point) for n, point in enumerate(points))


CONVERSION = weeks(
    (0.0192, "ok"),
    (0.0210, "ok"),
    (0.0178, "ok"),
    (None, "blocked"),
    (0.0201, "ok"),
    (None, "no_data"),
    (5 / 640, "breach"),
    (4 / 700, "breach"),
)
STOCK = weeks((1240, "ok"), (64, "ok"), (17, "ok"), (7, "breach"), (0, "breach"))


def svg(history: tuple[HistoryPoint, ...], threshold: float = 0.01, unit: str = "share", grain: str = "week") -> str:
    return charts.history_svg(history, threshold, unit, grain, title="x")


def texts(
    history: tuple[HistoryPoint, ...], threshold: float = 0.01, unit: str = "share", grain: str = "week"
) -> list[str]:
    root = ElementTree.fromstring(svg(history, threshold, unit, grain))
    return [node.text or "" for node in root.iter() if node.tag.endswith("text")]


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_values_periods_and_threshold_are_written() -> None:
    written = texts(CONVERSION)
    assert {"1.92", "2.10", "1.78", "2.01", "0.78", "0.57", "1%"} <= set(written)
    mondays = [f"{W46 - timedelta(weeks=back):%m-%d}" for back in range(7, -1, -1)]
    assert [text for text in written if text in mondays] == mondays
    assert "11-15" in texts((HistoryPoint(date(2026, 11, 15), 7, "breach"),), 10, "pieces", "day")


def test_a_period_that_was_not_judged_says_why() -> None:
    """A week in an event of the calendar has data."""
    first, event, other = W46 - timedelta(weeks=2), W46 - timedelta(weeks=1), W46
    history = (
        HistoryPoint(first, 0.02, "ok"),
        HistoryPoint(event, None, "no_data", "calendar"),
        HistoryPoint(other, None, "no_data"),
    )
    assert charts.alt_text(history, "share", "week", "zh").endswith("10-26 2.00%，11-02 活动期间不判断，11-09 无数据")
    assert charts.alt_text(history, "share", "week", "en").endswith(
        "10-26 2.00%, 11-02 not judged during this event, 11-09 no data"
    )


def test_only_letters_that_every_font_has() -> None:
    assert all(text.isascii() for text in texts(CONVERSION) + texts(STOCK, 10, "pieces"))


def test_breach_differs_by_more_than_colour() -> None:
    fine, breach = svg(weeks((0.02, "ok"))), svg(weeks((0.005, "breach")))
    assert fine.count("<path") == 2  # base and threshold
    assert breach.count("<path") == 3  # and the hatch
    assert re.search(r'<rect[^>]*fill="#fbe3df" stroke="#b42318"', breach)


@pytest.mark.parametrize("verdict", ["no_data", "blocked"])
def test_a_missing_period_is_an_empty_frame_and_no_zero(verdict: Verdict) -> None:
    drawn = svg(weeks((0.02, "ok"), (None, verdict)))
    assert len(re.findall(r'<rect[^>]*fill="none"[^>]*stroke-dasharray', drawn)) == 1
    assert not {"0", "0.00"} & set(texts(weeks((0.02, "ok"), (None, verdict))))


def test_the_kinds_of_missing_differ_also_from_zero() -> None:
    kinds = [svg(weeks((0.02, "ok"), point)) for point in ((None, "no_data"), (None, "blocked"), (0.0, "breach"))]
    assert len(set(kinds)) == 3
    assert "0.00" in texts(weeks((0.02, "ok"), (0.0, "breach")))


@pytest.mark.parametrize("value", [None, 0.004, float("nan")])
def test_a_value_does_not_make_a_missing_period_a_column(value: float | None) -> None:
    assert "0.40" not in texts(weeks((0.02, "ok"), (value, "no_data")))
    charts.history_png(weeks((value, "ok" if value != value else "blocked")), 0.01, "share", "week")


def test_the_threshold_is_dashed_and_named() -> None:
    drawn = svg(weeks((3.61, "ok"), (2.1, "breach")), 3, "ratio")
    assert len(re.findall(r'<path[^>]*stroke-dasharray="7 5"', drawn)) == 1
    assert "3" in texts(weeks((3.61, "ok"), (2.1, "breach")), 3, "ratio")


def test_a_value_just_below_the_threshold_does_not_read_as_the_threshold() -> None:
    assert "2.996" in texts(weeks((3.2, "ok"), (2.996, "breach")), 3, "ratio")


@pytest.mark.parametrize(
    ("history", "threshold", "unit"),
    [
        ((), 10, "pieces"),
        (STOCK, 10, "pieces"),
        (weeks((1_234_567, "ok"), (99_999.5, "breach")), 100_000, "money"),
        (weeks((-0.2, "breach"), (0.1, "ok")), 0.0, "share"),
        (weeks((0.0, "breach")), 0, "pieces"),
        (weeks(*((1.0 + n, "ok") for n in range(40))), 3, "ratio"),
    ],
)
def test_odd_histories_are_drawn_within_the_picture(
    history: tuple[HistoryPoint, ...], threshold: float, unit: str
) -> None:
    root = ElementTree.fromstring(svg(history, threshold, unit))
    for node in root.iter():
        for name, most in (("x", charts.WIDTH), ("y", charts.HEIGHT)):
            assert -1 <= float(node.get(name, "0")) <= most
    assert len(charts.history_png(history, threshold, unit, "week")) < 12_000


def test_the_png_is_small_sharp_and_has_few_colours() -> None:
    png = charts.history_png(CONVERSION, 0.01, "share", "week")
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (width, height) == (1.5 * charts.WIDTH, 1.5 * charts.HEIGHT)
    assert (depth, kind) == (4, 3)  # a palette of at most 16
    assert len(png) < 5_000


def test_the_same_history_gives_the_same_bytes() -> None:
    assert charts.history_png(CONVERSION, 0.01, "share", "week") == charts.history_png(
        CONVERSION, 0.01, "share", "week"
    )
    assert svg(CONVERSION) == svg(CONVERSION)


def test_twenty_charts_take_less_than_two_seconds() -> None:
    charts.history_png(CONVERSION, 0.01, "share", "week")  # imports Pillow
    began = time.process_time()
    for _ in range(20):
        charts.history_png(CONVERSION, 0.01, "share", "week")
    assert time.process_time() - began < 2


def test_the_module_imports_nothing_heavy() -> None:
    code = "import sys, shopwatch.charts.history; print({'numpy', 'PIL'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PROJECT / "plugins")},
    )
    assert result.stdout.strip() == "set()"


def test_many_svgs_can_stand_on_one_page() -> None:
    drawn = svg(CONVERSION)
    assert drawn.startswith("<svg ")
    assert not re.search(r"\sid=|<style|<\?xml|url\(|<metadata|href", drawn)


def test_svg_names_itself_or_hides() -> None:
    assert 'aria-label="a &lt;b&gt;"' in charts.history_svg(CONVERSION, 0.01, "share", "week", title="a <b>")
    assert 'aria-hidden="true"' in charts.history_svg(CONVERSION, 0.01, "share", "week")


def test_alt_text_says_every_period() -> None:
    assert charts.alt_text(CONVERSION, "share", "week", "zh") == (
        "近 8 周（按周一日期）：09-21 1.92%，09-28 2.10%，10-05 1.78%，10-12 受阻，10-19 2.01%，"
        "10-26 无数据，11-02 0.78%（触线），11-09 0.57%（触线）"
    )
    english = charts.alt_text(CONVERSION, "share", "week", "en")
    assert "10-12 blocked" in english
    assert "10-26 no data" in english
    assert "11-09 0.57% (breach)" in english
    assert charts.alt_text((), "share", "week", "en") == "No history yet"


def test_colours_can_be_read() -> None:
    for text in (charts.INK, charts.MUTED, charts.BREACH):
        assert contrast(text, charts.CARD) >= 4.5
    for mark in (charts.BREACH, charts.MUTED, charts.BASE, charts.INK):
        assert contrast(mark, charts.CARD) >= 3
    assert contrast(charts.BREACH, charts.BREACH_TINT) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_of_mails_meet_wcag_aa(scheme: str) -> None:
    look = COLOURS[scheme]
    for text in ("ink", "muted", "alarm", "amber", "good"):
        for ground in ("page", "card"):
            assert contrast(look[text], look[ground]) >= 4.5, (text, ground)
    assert contrast(look["card"], look["alarm"]) >= 4.5  # the filled chip


@pytest.mark.parametrize(("count", "decimals"), [(5, 2), (8, 1)])
def test_the_labels_of_one_chart_have_the_same_decimals(count: int, decimals: int) -> None:
    values = (0.1255, -0.106, 0.1979, -0.0177, -0.2381, 0.1, 0.0304, 0.0001)[:count]
    drawn = charts.history_svg(weeks(*((value, "ok") for value in values)), -0.2, "share", "week")
    labels = re.findall(r">(−?\d+\.\d+)<", drawn)
    assert [len(label.partition(".")[2]) for label in labels] == [decimals] * count
