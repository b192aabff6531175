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
from shopwatch.core.settings import Settings
from warehouses import judge_and_tell, take_in
from watching import include_with

INCLUDE = Settings().include
FIRST, LAST = date(2026, 10, 1), date(2026, 11, 8)
AFTER = "2026-11-09T01:00:00"
DAYS = [(FIRST + timedelta(days=number)).isoformat() for number in range((LAST - FIRST).days + 1)]


def watched(home: Path, traffic: dict[str, list[str]], orders: dict[str, bytes], include: Path = INCLUDE) -> Settings:
    """Shops with a target of 90,000 visitors a month and a week, after a night on their exports.

    ``traffic``: shop -> the days of its traffic export; ``orders``: shop -> its list of orders.
    """
    home.mkdir(parents=True)
    shops = "".join(
        f"{shop}: {{title: {shop}, platform: tmall, currency: CNY, targets: {{visitors: 90000}}}}\n" for shop in traffic
    )
    (home / "shops.yaml").write_text(shops, "utf-8")
    settings = Settings(home=home, include=include, settle_seconds=0)
    for shop, days in traffic.items():
        drop(settings, f"{shop}/店铺.xlsx", sycm_shop(*days), AFTER)
    for shop, content in orders.items():
        drop(settings, f"{shop}/orders.csv", content, AFTER)
    take_in(settings)
    judge_and_tell(settings, LAST)
    return settings


def without(day: str) -> list[str]:
    return [one for one in DAYS if one != day]


def attained(settings: Settings, shop: str, entity: str) -> list[tuple[float | None, float]]:
    """Attainment and coverage of a target's October, or first week of November."""
    with duckdb.connect(settings.published, read_only=True) as con:
        return con.execute(
            "select round(value, 4), round(coverage, 4) from kpi.fct_kpi where metric = 'target_attainment' "
            "and shop = $1 and entity = $2 and period_start in ('2026-10-01', '2026-11-02')",
            [shop, entity],
        ).fetchall()


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Shops that export their traffic: alone, with a day missing, and beside a few orders."""
    some_orders = orders_csv([order(1, 订单付款时间="2026-10-20 10:00:00")])
    traffic = {"alone": DAYS, "gap": without("2026-10-15"), "selling": DAYS}
    return watched(tmp_path_factory.mktemp("traffic") / "home", traffic, {"selling": some_orders})


@pytest.mark.slow
def test_traffic_alone_tells_how_far_a_target_of_visitors_is_reached(shops: Settings) -> None:
    assert attained(shops, "alone", "visitors/month") == [(round(31 * 3210 / 90000, 4), 1)]
    assert attained(shops, "alone", "visitors/week") == [(round(7 * 3210 / 90000, 4), 1)]


@pytest.mark.slow
def test_its_month_is_forecast_and_its_week_judged(shops: Settings) -> None:
    with duckdb.connect(shops.published, read_only=True) as con:
        forecast = con.execute(
            "select numerator, coverage from kpi.fct_kpi where shop = 'alone' and metric = 'target_forecast' "
            "order by period_start"
        ).fetchall()
        alerts = con.execute("select rule, entity, cast(since as varchar) from ops.alerts where shop = 'alone'")
        of_alone = alerts.fetchall()
        files = con.execute(
            "select len(load_ids) from ops.episodes where shop = 'alone' and rule = 'target_behind'"
        ).fetchall()
        review = con.execute(
            "select round(attainment, 4), completeness from review.weekly_target "
            "where shop = 'alone' and week_start = '2026-11-02' and target_grain = 'week'"
        ).fetchall()
    assert forecast[-1] == (30 * 3210, 1), "every day is like every other, however often each weekday is known"
    assert of_alone == [("target_behind", "visitors/week", "2026-10-05")]
    assert files == [(1,)]
    assert review == [(round(7 * 3210 / 90000, 4), 1)]


@pytest.mark.slow
def test_a_missing_day_of_traffic_leaves_the_month_open(shops: Settings) -> None:
    assert attained(shops, "gap", "visitors/month") == [(None, round(30 / 31, 4))]


@pytest.mark.slow
def test_orders_do_not_matter_to_a_target_of_visitors(shops: Settings) -> None:
    assert attained(shops, "selling", "visitors/month") == [(round(31 * 3210 / 90000, 4), 1)]
    assert attained(shops, "selling", "visitors/week") == [(round(7 * 3210 / 90000, 4), 1)]


@pytest.mark.slow
def test_a_target_that_cannot_be_judged_names_the_export_of_its_kpi(tmp_path: Path) -> None:
    rules = (INCLUDE / "rules" / "1_market.yaml").read_text("utf-8")
    include = include_with(tmp_path, **{"1_market": rules.replace("on_missing: hold", "on_missing: block")})
    settings = watched(tmp_path / "home", {"gap": without("2026-11-04")}, {}, include)
    mails = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in settings.outbox.glob("*")]
    texts = "".join(
        part.get_content() for mail in mails for part in mail.walk() if part.get_content_type() == "text/plain"
    )
    assert "缺 生意参谋 店铺日数据：11-04" in texts
