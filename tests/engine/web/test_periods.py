"""KPIs of any days: calendar periods as published, other days rolled up, both beside the days compared."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop import browser

from night_tools import ask
from shopwatch.core.settings import Settings
from shopwatch.web.periods import Period, period_of

DAY = timedelta(days=1)
MONDAY, SUNDAY = date(2026, 11, 2), date(2026, 11, 8)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def downloaded(home: Path, **view: object) -> list[dict[str, str]]:
    text = browser(Settings(home=home)).get(f"table.csv?{urlencode({'of': 'periods', **view})}").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    ("first", "last", "grain", "before", "year"),
    [
        ("2026-11-15", "2026-11-15", "day", ("2026-11-14", "2026-11-14"), ("2025-11-16", "2025-11-16")),
        ("2026-11-09", "2026-11-15", "week", ("2026-11-02", "2026-11-08"), ("2025-11-10", "2025-11-16")),
        ("2026-11-01", "2026-11-30", "month", ("2026-10-01", "2026-10-31"), ("2025-11-01", "2025-11-30")),
        ("2024-02-01", "2024-02-29", "month", ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        ("2026-11-10", "2026-11-16", "days", ("2026-11-03", "2026-11-09"), ("2025-11-11", "2025-11-17")),
        ("2026-11-01", "2026-11-29", "days", ("2026-10-03", "2026-10-31"), ("2025-11-02", "2025-11-30")),
    ],
)
def test_a_period_is_compared_with_one_of_its_kind(
    first: str, last: str, grain: str, before: tuple[str, str], year: tuple[str, str]
) -> None:
    for against, wanted in (("before", before), ("year", year)):
        period = Period(date.fromisoformat(first), date.fromisoformat(last), against)
        assert period.grain == grain
        assert tuple(day.isoformat() for day in period.compared) == wanted


@given(days, st.integers(0, 400))
def test_the_days_before_end_where_the_period_begins(first: date, more: int) -> None:
    period = Period(first, first + more * DAY)
    start, end = period.compared
    assert end + DAY == first
    assert period.grain == "month" or end - start == period.last_day - first


@pytest.mark.parametrize("first", ["", "soon", "2026-11-09", "0001-01-01", "0026-11-02"])
def test_an_address_without_two_comparable_days_names_no_period(first: str) -> None:
    assert period_of({"first": first, "last": "2026-11-08"}) is None


def test_a_week_is_as_published(home: Path) -> None:
    rows = downloaded(home, first=MONDAY, last=SUNDAY, kind="type_shop")
    published = ask(
        Settings(home=home).published,
        "select upper(title_en[1]) || title_en[2:], value from kpi.fct_kpi inner join meta.metrics using (metric) "
        "where grain = 'week' and period_start = '2026-11-02' and entity_type = 'shop' and value is not null",
    )
    assert len(published) == 10
    assert sorted((row["KPI"], float(row["Value"])) for row in rows if row["Value"]) == sorted(published)


def test_the_page_opens_at_the_last_week_that_ended_and_names_what_it_compares(home: Path) -> None:
    page = browser(Settings(home=home)).get("table?of=periods").text
    assert 'type="date" name="first" value="2026-11-09"' in page
    assert "2026-11-02 to 2026-11-08" in page
    assert "last=2026-11-30" in page, "this month"
