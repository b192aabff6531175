"""The week, with the way to each alert and thing."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from shop import browser, rewrite

from night_tools import ask
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import limit, number
from shopwatch.core.settings import Settings
from shopwatch.review.workbook import write_workbooks

DRIVERS = """
    create or replace table review.weekly_driver as
    select * from (values
        ('qinghe', date '2026-11-09', 'last_week', 'factor', 'driver', 'visitors', 'visitors', 1, 120.50, 0.6),
        ('qinghe', date '2026-11-09', 'last_week', 'product', 'driver', '710000001019', '<b>壶</b>', 1, -20.25, -0.1),
        ('qinghe', date '2026-11-09', 'last_week', 'product', 'other', null, null, 2, 100.00, 0.5),
        ('qinghe', date '2026-11-09', 'last_year', 'factor', 'driver', 'visitors', 'visitors', 1, 999999.0, 1.0)
    ) as rows(
        shop, week_start, versus, dimension, driver_kind, driver, driver_name, rank, effect, share_of_change
    )
    cross join (select cast(200.75 as decimal(18, 2)) as revenue_moved, 'CNY' as currency)
"""


def test_the_last_closed_week_is_shown_and_its_neighbours_are_linked(home: Path) -> None:
    reader = browser(Settings(home=home))
    page = reader.get("week").text
    assert "2026-W46 (11-09 – 11-15)" in page
    assert 'href="week?start=2026-11-02" rel="prev"' in page
    assert 'rel="next"' not in page
    assert 'href="week?start=2026-11-09" rel="next"' in reader.get("week?start=2026-11-02").text


def section_of(page: str, shop: str) -> str:
    """The shop's section, or nothing."""
    begin = '<section class="shop" id="shop-'
    found = page.partition(f'{begin}{shop}"')[2]
    return found.partition(begin)[0].partition("</main>")[0].rstrip()


def test_a_shop_can_be_shown_alone(home: Path) -> None:
    reader = browser(Settings(home=home))
    page = reader.get("week").text
    assert section_of(page, "qinghe")
    alone = reader.get("week?shop=mumian").text
    assert not section_of(alone, "qinghe")
    assert section_of(alone, "mumian") == section_of(page, "mumian") != ""
    assert 'href="week?start=2026-11-02&amp;shop=mumian" rel="prev"' in alone
    assert reader.get("week?shop=no_such").status_code == 404


@pytest.mark.slow
def test_of_many_shops_one_is_shown_and_all_are_listed(settings: Settings) -> None:
    rewrite(
        settings,
        "insert into marts.dim_shop select dim_shop.* replace ('z_' || n as shop, title || n as title) "
        "from marts.dim_shop cross join range(2) as more(n) where shop = 'mumian'",
        "insert into review.weekly_shop select weekly_shop.* replace ('z_' || n as shop, 1000 * (n + 1) as revenue) "
        "from review.weekly_shop cross join range(2) as more(n) where shop = 'mumian'",
    )
    page = browser(settings).get("week").text
    listed = page.split('<nav class="shops"')[1].split("</nav>")[0]
    links = re.findall(r'<a href="([^"]+)"( aria-current="true")?>', listed)
    week = "week?start=2026-11-09&amp;shop="
    assert [path for path, _ in links] == [week + shop for shop in ("mumian", "qinghe", "z_0", "z_1")]
    assert [path for path, is_shown in links if is_shown] == [f"{week}mumian"]
    assert re.findall(r'<section class="shop" id="shop-(\w+)"', page) == ["mumian"]
    opened = ask(
        settings.published,
        "select count(*) from review.weekly_alerts where week_start = '2026-11-09' and state != 'resolved' "
        "and shop = 'qinghe'",
    )[0][0]
    assert f"{opened} alerts" in listed.split("shop=qinghe")[1].split("</li>")[0]


def test_a_week_that_is_not_there_is_not_found(home: Path) -> None:
    reader = browser(Settings(home=home))
    assert reader.get("week?start=2020-01-06").status_code == 404
    assert reader.get("week?start=2026-11-10").status_code == 404


def test_numbers_are_the_published_tables_and_lead_to_the_things_pages(home: Path) -> None:
    settings = Settings(home=home)
    page = browser(settings).get("week").text
    rows = ask(
        settings.published,
        "select shop, campaign_id, roas from review.weekly_ad_campaign where week_start = '2026-11-09'",
    )
    assert rows
    for shop, campaign, roas in rows:
        row = page.split(f"entity?shop={shop}&amp;type=campaign&amp;id={campaign}&#34;".replace("&#34;", '"'))[1]
        assert number(roas, "ratio", "en", near=3.0) in row.split("</tr>")[0]
    keys = ask(settings.published, "select alert_key from review.weekly_alerts where week_start = '2026-11-09'")
    assert all(f'href="alert?key={key}"' in page for (key,) in keys)


def test_what_drove_the_change_is_shown_where_the_review_has_found_it(settings: Settings) -> None:
    rewrite(settings, "drop table if exists review.weekly_driver")
    assert "What drove the change" not in browser(settings).get("week").text
    rewrite(settings, DRIVERS)
    page = browser(settings).get("week").text
    found = page.split('id="shop-qinghe-drivers"')[1].split("</section>")[0]
    assert "Revenue moved by ¥200.75" in found
    assert re.findall(r"</span>(−?¥[\d.,]+)", found) == ["¥120.50", "−¥20.25", "¥100.00"]
    assert "&lt;b&gt;壶&lt;/b&gt;" in found
    assert "All others" in found
    assert "999,999" not in page


def test_the_stages_and_the_kpis_stand_as_published(home: Path) -> None:
    settings = Settings(home=home)
    page = browser(settings).get("week").text
    stages = ask(settings.published, "select kpis_off, kpis from review.weekly_stage where week_start = '2026-11-09'")
    assert stages
    assert all(f">{off} / {all_of_them}<" in page for off, all_of_them in stages)
    kpis = ask(
        settings.published,
        "select value, unit, target, coalesce(currency, '') from review.weekly_kpi "
        "where week_start = '2026-11-09' and value is not null",
    )
    assert all(
        number(value, unit, "en", near=target, currency=currency) in page for value, unit, target, currency in kpis
    )


def test_an_alert_of_a_change_is_reported_with_the_change(home: Path) -> None:
    settings = Settings(home=home)
    changed = ask(
        settings.published,
        "select alert_key, measured, measured_in, threshold from review.weekly_alerts "
        "where week_start = '2026-11-09' and measure != 'value' and state = 'firing'",
    )
    assert changed
    page = browser(settings).get("week").text
    for key, measured, unit, threshold in changed:
        told = page.split(f'href="alert?key={key}"')[-1].split("</li>")[0]
        assert f'<p class="value">{number(measured, unit, "en", near=threshold)}</p>' in told
        assert f"limit {limit(threshold, unit, 'en')}" in told


@pytest.mark.slow
def test_the_weeks_workbook_is_a_link_once_it_is_written(settings: Settings) -> None:
    reader = browser(settings)
    assert "workbook?" not in reader.get("week").text
    assert reader.get("workbook?start=2026-11-09").status_code == 404
    (path,) = write_workbooks(settings.published, Catalog(settings), settings.reports, date(2026, 11, 9))
    assert 'href="workbook?start=2026-11-09"' in reader.get("week").text
    assert "workbook?" not in reader.get("week?start=2026-11-02").text
    answer = reader.get("workbook?start=2026-11-09")
    assert answer.content == path.read_bytes()
    assert 'filename="review-2026-W46.xlsx"' in answer.headers["content-disposition"]
