"""Half a list is not a fall: the file is reported, nothing is judged on it, and vanished campaigns are reported."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import duckdb
import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from files import drop, order, orders_csv, plan, plans_csv, product, products_xls
from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.judge.unjudged import unjudged_of
from shopwatch.web.host import Host, Viewer
from shopwatch.web.routes import review_pages
from warehouses import differences, judge_and_tell, take_in

SUNDAY = date(2026, 9, 20)  # no sale or holiday in China in the eight weeks before
HALF = 11
HALF_LIST = "Sycm product report holds less than half of its usual rows for 09-20"
WHOLE = 24


def export(settings: Settings, day: date, products: int, hour: int = 1) -> str:
    name = f"qinghe/商品_全部_{day}_{hour}.xls"
    written = f"{day + timedelta(days=1)}T{hour:02}:00:00"
    cells = [{"支付买家数": "4"}, *[{}] * (products - 1)]  # the first one converts at a third of a per cent
    drop(settings, name, products_xls(product(n, str(day), **cells[n]) for n in range(products)), written)
    return name.removeprefix("qinghe/")


def export_weeks(settings: Settings, last: int = HALF) -> str:
    """Six weeks of whole lists; the file of the last Sunday has so many products."""
    for back in range(41, 0, -1):
        export(settings, SUNDAY - timedelta(days=back), WHOLE)
    return export(settings, SUNDAY, last)


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(settings.published, read_only=True) as con:
        return con.execute(sql).fetchall()


def mail(settings: Settings, team: str, night: date) -> str:
    path = settings.home / "outbox" / f"{night}-{team}.eml"
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return str(message.get_body(("plain",)).get_content())


def reader(request: Request) -> Viewer:
    return Viewer("lilei")


def decides(request: Request) -> bool:
    return True


def visitors(settings: Settings) -> list[tuple[object, ...]]:
    return rows(
        settings,
        "select distinct days_covered, days_expected from kpi.period_coverage where metric = 'product_visitors' "
        f"and grain = 'week' and period_start = date '{SUNDAY}' - 6",
    )


@pytest.fixture(scope="module")
def halved(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("halved"), settle_seconds=0)
    export_weeks(settings)
    take_in(settings)
    judge_and_tell(settings, SUNDAY)
    return settings


@pytest.mark.slow
def test_the_week_of_half_a_list_is_not_judged(halved: Settings) -> None:
    assert visitors(halved) == [(6, 7)]
    judged = (
        "select verdict, entities from ops.verdict_counts where rule = 'conversion_low' "
        f"and period_start = date '{SUNDAY}' - 6"
    )
    assert rows(halved, judged) == [("blocked", WHOLE)]
    fired = "select count(*), max(judged_period) from ops.alerts where state = 'firing'"
    assert rows(halved, fired) == [(1, SUNDAY - timedelta(days=13))]


@pytest.mark.slow
def test_the_data_team_hears_which_file_day_and_rows(halved: Settings) -> None:
    text = mail(halved, "Data", SUNDAY)
    assert f"商品_全部_{SUNDAY}_1.xls" in text
    assert f"{SUNDAY} ({HALF} / {WHOLE})" in text


@pytest.mark.slow
def test_what_rests_on_it_names_the_export_and_the_day(halved: Settings) -> None:
    text = mail(halved, "Data", SUNDAY)
    assert HALF_LIST in " ".join(text.split())


@pytest.mark.slow
def test_page_explain_and_review_say_what_the_mail_says(halved: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ((key, unjudged),) = rows(halved, "select alert_key, unjudged from review.weekly_alerts where len(unjudged) > 0")
    card = {"unjudged": unjudged, "grain": "week"}
    assert unjudged_of(Catalog(halved), card, "en") == f"since then not judged: 09-14 – 09-20 ({HALF_LIST})"
    monkeypatch.setenv("SHOPWATCH_HOME", str(halved.home))
    said = " ".join(CliRunner().invoke(app, ["explain", str(key)]).output.split())
    assert f"blocked ({HALF_LIST})" in said
    host = Host(reader, decides, b"a secret of the tests", "../login", lambda: None)
    page = TestClient(review_pages(halved, host), headers={"accept-language": "en"}).get(f"/alert?key={key}").text
    assert HALF_LIST in " ".join(page.split())
    assert "no Sycm" not in said + page


@pytest.mark.slow
def test_a_fuller_export_of_the_day_clears_it(halved: Settings, tmp_path: Path) -> None:
    export(halved, SUNDAY, WHOLE, hour=9)
    take_in(halved)
    judge_and_tell(halved, SUNDAY)
    assert visitors(halved) == [(7, 7)]
    at_once = Settings(home=tmp_path, settle_seconds=0)
    export_weeks(at_once)
    export(at_once, SUNDAY, WHOLE, hour=9)
    take_in(at_once)
    judge_and_tell(at_once, SUNDAY)
    assert differences(halved.published, at_once.published, ("intermediate", "marts", "kpi")) == {}


@pytest.mark.slow
def test_few_orders_are_reported_and_judged(settings: Settings) -> None:
    """Thirty orders a day for six weeks, ten on the last Sunday."""
    days = [SUNDAY - timedelta(days=back) for back in range(42) for _ in range(10 if back == 0 else 30)]
    orders = [
        order(n, **{"订单创建时间": f"{day} 09:00:00", "订单付款时间 ": f"{day} 09:05:00"})
        for n, day in enumerate(days)
    ]
    drop(settings, "qinghe/ExportOrderList202609210100.csv", orders_csv(orders), "2026-09-21T01:00:00")
    take_in(settings)
    judge_and_tell(settings, SUNDAY)
    assert f"{SUNDAY} (10 / 30)" in mail(settings, "Data", SUNDAY)
    covered = (
        "select days_covered from kpi.period_coverage where metric = 'revenue' and grain = 'day' "
        f"and period_start = date '{SUNDAY}'"
    )
    assert rows(settings, covered) == [(1,)]


@pytest.mark.slow
def test_a_campaign_that_vanishes_from_its_report_is_reported_to_the_data_team(settings: Settings) -> None:
    """Three campaigns on Friday, of which one spent nothing; only the first on Saturday and Sunday."""
    friday = [plan(1, "2026-11-06"), plan(2, "2026-11-06", 花费="80.00"), plan(3, "2026-11-06", 花费="0.00")]
    drop(settings, "qinghe/plans_20261107010000.csv", plans_csv(friday))
    drop(settings, "qinghe/plans_20261109010000.csv", plans_csv([plan(1, "2026-11-07"), plan(1, "2026-11-08")]))
    take_in(settings)
    judge_and_tell(settings, date(2026, 11, 8))
    text = " ".join(mail(settings, "Data", date(2026, 11, 8)).split())
    assert "Campaigns left out of a report" in text
    assert "1 campaign with spend is missing from the report since 2026-11-07" in text
    assert "since 2026-11-07 (spend of its last day): 计划2 (80.00 CNY)" in text
    assert "计划3" not in text
