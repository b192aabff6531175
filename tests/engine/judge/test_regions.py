"""Sales and holidays concern the shops of their region; other regions have their own public holidays."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from shared_cases import case_home
from shopwatch.catalog.calendar import calendar_of, is_working_day, load_events
from shopwatch.catalog.shops import Shop
from shopwatch.core.settings import Settings
from warehouses import judge_and_tell, take_in

EVENTS = load_events(Settings().include)


def shop(platform: str, timezone: str, region: str | None = None) -> Shop:
    return Shop(title="a shop", platform=platform, currency="USD", timezone=timezone, region=region)


def test_a_shop_has_a_region_by_declaration_platform_or_time_zone() -> None:
    assert shop("shopify", "America/New_York").home_region == "US"
    assert shop("shopify", "Europe/London").home_region == "GB"
    assert shop("tmall", "America/New_York").home_region == "CN"
    assert shop("shopify", "America/New_York", "CA-QC").home_region == "CA-QC"
    assert shop("shopify", "UTC").home_region is None


def test_each_region_works_and_rests_by_its_own_calendar() -> None:
    china, america = calendar_of("CN", EVENTS), calendar_of("US", EVENTS)
    national_day, thanksgiving, make_up = date(2026, 10, 5), date(2026, 11, 26), date(2026, 10, 10)
    assert [is_working_day(day, china) for day in (national_day, thanksgiving, make_up)] == [False, True, True]
    assert [is_working_day(day, america) for day in (national_day, thanksgiving, make_up)] == [True, False, False]
    assert "双11" not in america


def test_a_part_of_a_country_has_its_events_and_holidays_of_its_own() -> None:
    assert not is_working_day(date(2026, 6, 4), calendar_of("DE-BY", EVENTS))  # Corpus Christi
    assert is_working_day(date(2026, 6, 4), calendar_of("DE", EVENTS))
    assert "双11" in calendar_of("CN-GD", EVENTS)


@pytest.mark.slow
def test_a_shop_in_new_york_is_judged_while_china_has_its_sale(tmp_path: Path) -> None:
    settings = case_home(tmp_path, "sales_stop", "spus", datetime(2026, 11, 9, 7))
    take_in(settings)
    judge_and_tell(settings, date(2026, 11, 8))
    with duckdb.connect(settings.published, read_only=True) as con:
        reasons = con.execute("select distinct reason from ops.verdicts where rule = 'revenue_falling'").fetchall()
        events = con.execute("select distinct event from review.weekly_shop where event is not null").fetchall()
    assert ("calendar",) not in reasons
    assert ("Labor Day",) in events
    assert not {("国庆",), ("双11",), ("中秋",)}.intersection(events)
