"""A target is as well known as the KPI that it is for: what other exports tell of, or miss, does not matter."""

from __future__ import annotations

import email
from datetime import date, timedelta
from email import policy
from pathlib import Path

import duckdb
import pytest

from files import drop, order, orders_csv
from platforms import sycm_shop
from shopwatch.settings import Settings
from warehouses import judge_and_tell, take_in
from watching import include_with

INCLUDE = Settings().include
FIRST, LAST = date(2026, 10, 1), date(2026, 11, 8)
AFTER = "2026-11-09T01:00:00"
DAYS = [(FIRST + timedelta(days=number)).isoformat() for number in range((LAST - FIRST).days + 1)]


def watched(home: Path, days: list[str], orders: bytes | None = None, include: Path = INCLUDE) -> Settings:
    """A shop with a target of 90,000 visitors a month and a week, after a night on its exports."""
    home.mkdir(parents=True)
    (home / "shops.yaml").write_text(
        "tea: {title: Tea, platform: tmall, currency: CNY, targets: {visitors: 90000}}", "utf-8"
    )
    settings = Settings(home=home, include=include, settle_seconds=0)
    drop(settings, "tea/店铺.xlsx", sycm_shop(*days), AFTER)
    if orders:
        drop(settings, "tea/orders.csv", orders, AFTER)
    take_in(settings)
    judge_and_tell(settings, LAST)
    return settings


def attained(settings: Settings, entity: str) -> list[tuple[float | None, float]]:
    """Attainment and coverage of a target's October, or first week of November."""
    with duckdb.connect(settings.published, read_only=True) as con:
        return con.execute(
            "select round(value, 4), round(coverage, 4) from kpi.fct_kpi where metric = 'target_attainment' "
            "and entity = $1 and period_start in ('2026-10-01', '2026-11-02')",
            [entity],
        ).fetchall()


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop that exports nothing but its traffic."""
    return watched(tmp_path_factory.mktemp("traffic") / "home", DAYS)


def test_traffic_alone_tells_how_far_a_target_of_visitors_is_reached(traffic: Settings) -> None:
    assert attained(traffic, "visitors/month") == [(round(31 * 3210 / 90000, 4), 1)]
    assert attained(traffic, "visitors/week") == [(round(7 * 3210 / 90000, 4), 1)]


def test_its_month_is_forecast_and_its_week_judged(traffic: Settings) -> None:
    with duckdb.connect(traffic.published, read_only=True) as con:
        forecast = con.execute(
            "select numerator, coverage from kpi.fct_kpi where metric = 'target_forecast' order by period_start"
        ).fetchall()
        alerts = con.execute("select rule, entity, cast(since as varchar) from ops.alerts").fetchall()
        files = con.execute("select len(load_ids) from ops.episodes where rule = 'target_behind'").fetchall()
        review = con.execute(
            "select round(attainment, 4), completeness from review.weekly_target "
            "where week_start = '2026-11-02' and target_grain = 'week'"
        ).fetchall()
    assert forecast[-1] == (30 * 3210, 1), "every day is like every other, however often each weekday is known"
    assert alerts == [("target_behind", "visitors/week", "2026-10-05")]
    assert files == [(1,)]
    assert review == [(round(7 * 3210 / 90000, 4), 1)]


def test_a_missing_day_of_traffic_leaves_the_month_open(tmp_path: Path) -> None:
    settings = watched(tmp_path / "home", [day for day in DAYS if day != "2026-10-15"])
    assert attained(settings, "visitors/month") == [(None, round(30 / 31, 4))]


def test_orders_do_not_matter_to_a_target_of_visitors(tmp_path: Path) -> None:
    some_days = orders_csv([order(1, 订单付款时间="2026-10-20 10:00:00")])
    settings = watched(tmp_path / "home", DAYS, some_days)
    assert attained(settings, "visitors/month") == [(round(31 * 3210 / 90000, 4), 1)]
    assert attained(settings, "visitors/week") == [(round(7 * 3210 / 90000, 4), 1)]


def test_a_target_that_cannot_be_judged_names_the_export_of_its_kpi(tmp_path: Path) -> None:
    rules = (INCLUDE / "rules" / "1_market.yaml").read_text("utf-8")
    include = include_with(tmp_path, **{"1_market": rules.replace("on_missing: hold", "on_missing: block")})
    settings = watched(tmp_path / "home", [day for day in DAYS if day != "2026-11-04"], include=include)
    mails = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in settings.outbox.glob("*")]
    texts = "".join(
        part.get_content() for mail in mails for part in mail.walk() if part.get_content_type() == "text/plain"
    )
    assert "缺 生意参谋 店铺日数据：11-04" in texts
