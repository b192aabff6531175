"""``of: unusual``: days against the same weekday, weeks against the last weeks, special days apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

import duckdb
import pyarrow
import pytest
from pydantic import ValidationError

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.core.i18n import words
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.evaluate import History, judge
from shopwatch.judge.usual import UsualRange, usual_text

CATALOG = Catalog(Settings())
TEXTS = {key: {"zh": "规则", "en": "rule"} for key in ("manual", "title", "message", "action")}
SUNDAY = date(2026, 11, 29)
WEEK = (100, 104, 97, 102, 115, 150, 140)
OTHER_WEEK = (103, 99, 101, 98, 110, 146, 144)
Values = Sequence[float | None]


def rule(grain: str = "day", **breach: Any) -> Rule:
    declared = {"rule": "r", "metric": "revenue", "grain": grain, "by": "shop", "owner": "运营"}
    return Rule.model_validate({**TEXTS, **declared, "breach": {"of": "unusual", **(breach or {"outside": [-4, 4]})}})


class Verdict(NamedTuple):
    period_start: date
    verdict: str
    reason: str | None
    measured: float | None
    usual: float | None
    spread: float | None
    usual_periods: int | None


def judged(
    series: Mapping[str, Values], one: Rule, last: date, missing: Mapping[str, range] | None = None
) -> dict[str, list[Verdict]]:
    """Verdicts on each shop's series, which ends on ``last``; None: not in the export. ``missing``: shop -> positions
    whose export is missing.
    """
    days = 7 if one.grain == "week" else 1
    kpi: list[tuple[Any, ...]] = []
    coverage: list[tuple[Any, ...]] = []
    for shop, values in series.items():
        for number, value in enumerate(values):
            start = last - timedelta(days=days * (len(values) - number) - 1)
            gone = [start] if number in (missing or {}).get(shop, ()) else []
            coverage.append((shop, "revenue", one.grain, start, 7, 7 - len(gone), gone, ["load"], [], [], [], []))
            if value is not None:
                entity = (shop, "revenue", "shop", "shop", "revenue", one.grain, start)
                kpi.append((*entity, value, 100, float(value), 5, "CNY", "model"))
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute(library_sql("judge/judged_tables"))
        for table, rows in (("kpi.fct_kpi", kpi), ("kpi.period_coverage", coverage)):
            names = con.table(table).columns
            con.from_arrow(pyarrow.table(list(zip(*rows, strict=True)), names=names)).insert_into(table)
        judge(con, CATALOG, [one], last, [History("r", shop, "shop", "shop") for shop in series])
        found: dict[str, list[Verdict]] = {}
        for shop, *verdict in con.execute(
            "select shop, period_start, verdict, reason, measured, usual, spread, usual_periods from ops.verdicts "
            "order by shop, period_start"
        ).fetchall():
            found.setdefault(shop, []).append(Verdict(*verdict))
        return found


def weeks(count: int, *, grows: float = 0.0) -> list[float | None]:
    """Days of Monday to Sunday, two weeks in turn, that grow from week to week."""
    return [day * (1 + grows) ** week for week in range(count) for day in (OTHER_WEEK if week % 2 else WEEK)]


def without(values: Values, gone: set[int]) -> list[float | None]:
    return [None if day in gone else value for day, value in enumerate(values)]


def random_days(seed: int, factor: float = 1) -> list[float | None]:
    return [factor * value for value in Random(seed).choices(range(1, 400), k=84)]


JUDGED = {
    # name: days that end on a Sunday, and the verdict on the last
    "an ordinary Sunday": ([*weeks(12)[:-1], 142], "ok"),
    "a Sunday as weak as a Monday": ([*weeks(12)[:-1], 101], "breach"),
    "a Sunday twice as strong": ([*weeks(12)[:-1], 280], "breach"),
    "growth by 3% a week goes on": (weeks(12, grows=0.03), "ok"),
    "growth by 3% a week ends in a fall to the start": ([*weeks(12, grows=0.03)[:-1], 140], "breach"),
    "one wild Sunday before does not widen what is usual": ([*weeks(12)[:69], 900, *weeks(12)[70:-1], 101], "breach"),
    "a steady series and a trifle": ([*[50] * 83, 52], "ok"),
    "a steady series and a fall": ([*[50] * 83, 25], "breach"),
    "gaps are not zeros": (without(weeks(12), set(range(20, 40))), "ok"),
}
UNJUDGED = {
    "seven weeks and a day are needed": (weeks(7), "no_usual"),
    "five Sundays are too few": (without(weeks(12), set(range(6, 48, 7))), "no_usual"),
    "nothing but zeros": ([*[0] * 83, 3], "no_spread"),
    "a sale once in a while": ([*[0, 0, 0, 0, 1, 0] * 14], "no_spread"),
}
SUNDAYS_IN_TURN = [day + (0 if day != 140 else 2 if week % 2 else -2) for week in range(12) for day in WEEK]
HOLES = range(60, 84)
"""Days that an export shows in part, so that their values are far too low."""
PART = [value / 10 if day in HOLES else value for day, value in enumerate(weeks(14)) if value is not None]
FACTORS = {0.25: range(4), 1024.0: range(4, 8)}


@pytest.fixture(scope="module")
def found() -> dict[str, list[Verdict]]:
    """Verdicts on the days of all series."""
    series: dict[str, Values] = {name: values for name, (values, _) in (JUDGED | UNJUDGED).items()}
    series |= {
        "by hand": [*SUNDAYS_IN_TURN[:-1], 101],
        "mumian": weeks(22),
        "online_retail": weeks(22),
        "parts": PART,
        "parts, known as such": PART,
    }
    series |= {f"random {seed}": random_days(seed) for seed in range(8)}
    series |= {f"scaled {seed}": random_days(seed, by) for by, seeds in FACTORS.items() for seed in seeds}
    series |= {
        f"gaps {seed}": without(weeks(11), set(Random(seed).sample(range(77), seed * 6))) for seed in range(1, 12)
    }
    return judged(series, rule(), SUNDAY, {"parts, known as such": HOLES})


@pytest.mark.parametrize("name", JUDGED)
def test_a_day_is_compared_with_its_weekday(name: str, found: dict[str, list[Verdict]]) -> None:
    assert found[name][-1].verdict == JUDGED[name][1], found[name][-1]


@pytest.mark.parametrize("name", UNJUDGED)
def test_what_is_usual_needs_a_history_that_varies(name: str, found: dict[str, list[Verdict]]) -> None:
    assert found[name][-1][1:4] == ("no_data", UNJUDGED[name][1], None)


def test_numbers_of_a_verdict_by_hand(found: dict[str, list[Verdict]]) -> None:
    """The level is 104, the median of a week. Ten Sundays were 34 or 38 above it, the other days never differed."""
    last = found["by hand"][-1]
    assert (last.usual, last.usual_periods, last.spread) == (104 + 36, 10, 1.4826 * 2)
    assert last.measured == pytest.approx((101 - 140) / 2.9652)


def test_special_days_are_those_of_the_shops_region(found: dict[str, list[Verdict]]) -> None:
    """Sales and holidays of China, and the week after a sale, are neither judged nor compared with in China."""
    apart = {one.period_start for one in found["mumian"] if one.reason == "special_day"}
    sale = {date(2026, 11, 1) + timedelta(days=day) for day in range(18)}
    national_day = {date(2026, 10, 1) + timedelta(days=day) for day in range(7)}
    assert {day for day in apart if day > date(2026, 9, 28)} == sale | national_day
    in_london = {one.period_start for one in found["online_retail"] if one.reason == "special_day"}
    assert not in_london & (sale | national_day)
    assert found["online_retail"][-1].usual_periods == 13
    assert found["mumian"][-1].usual_periods == 8  # Sundays: 27 Sep, 4 Oct, 1, 8 and 15 Nov are out


def test_a_week_with_a_sale_day_or_two_holidays_is_not_judged() -> None:
    values = [100.0 + number % 3 for number in range(25)]
    verdicts = judged({"mumian": values}, rule("week", below=-3), SUNDAY)["mumian"]
    apart = [one.period_start for one in verdicts if one.reason == "special_day"]
    assert [day for day in apart if day > date(2026, 9, 14)] == [
        *(date(2026, 9, 21), date(2026, 9, 28), date(2026, 10, 5)),
        *(date(2026, 10, 26) + timedelta(weeks=number) for number in range(4)),
    ]
    assert verdicts[-1].verdict == "ok"


def test_a_missing_export_is_no_day_to_compare_with(found: dict[str, list[Verdict]]) -> None:
    wrong, right = (found[name][91:] for name in ("parts", "parts, known as such"))
    assert min(one.usual or 0 for one in wrong) < 90
    assert all(one.verdict == "ok" and (one.usual or 0) > 90 for one in right)


def test_a_verdict_does_not_depend_on_the_unit(found: dict[str, list[Verdict]]) -> None:
    for seed in range(8):
        assert [one[:4] for one in found[f"random {seed}"]] == [one[:4] for one in found[f"scaled {seed}"]]


def test_missing_days_raise_no_alert(found: dict[str, list[Verdict]]) -> None:
    """Of a shop without a bad day, whatever is missing."""
    for seed in range(1, 12):
        assert "breach" not in {one.verdict for one in found[f"gaps {seed}"]}


def test_more_alerts_a_month_are_a_nearer_limit() -> None:
    few, many = rule(alerts_a_month=0.5), rule(alerts_a_month=2)
    assert (few.breach.comparison, many.breach.comparison) == ("outside", "outside")
    assert few.breach.high > many.breach.high > 0
    assert rule(alerts_a_month=1, when="low").breach.low == -rule(alerts_a_month=2).breach.high
    assert rule("week", alerts_a_month=0.5).breach.high > few.breach.high / 2
    assert rule(alerts_a_month=1, when="high").clearing.at_most == rule(alerts_a_month=1, when="high").breach.low


@pytest.mark.parametrize(
    ("grain", "breach", "said"),
    [
        ("month", {"below": -3}, "grain: day or grain: week"),
        ("day", {"below": -3, "alerts_a_month": 1}, "exactly one"),
        ("day", {"of": "value", "alerts_a_month": 1}, "needs of: unusual"),
        ("day", {"below": -3, "when": "low"}, "when needs alerts_a_month"),
        ("week", {"alerts_a_month": 8}, "write a number from 0.022 to 1.3"),
    ],
)
def test_a_contradiction_is_named(grain: str, breach: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        rule(grain, **breach)


def test_texts_name_value_range_and_basis() -> None:
    head, say = CATALOG.metrics["revenue"].head, words(CATALOG.include, "en")
    both = UsualRange.of(rule(), 90, 140, 10, 12)
    assert usual_text(both, head, "CNY", say) == (
        "¥90, usually from ¥100 to ¥180 (middle ¥140, from 12 days of this weekday before)"
    )
    low = UsualRange.of(rule("week", below=-4), 90, 140, 100, 9)
    assert (
        usual_text(low, head, "CNY", words(CATALOG.include, "zh")) == "¥90，平常不低于 ¥0（中间值 ¥140，参照此前 9 周）"
    )
