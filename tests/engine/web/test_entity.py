"""A product's, a campaign's and a stock-keeping unit's page: all KPIs over time."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from shop import browser, rewrite
from sqlalchemy.orm import Session
from test_alert import GAP, key_of

from night_tools import ask
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_rules
from shopwatch.core.i18n import number
from shopwatch.core.settings import Settings
from shopwatch.store.decisions import assign
from shopwatch.store.tables import open_store

KINDS = ["product", "campaign", "sku"]


def of(settings: Settings, entity_type: str) -> tuple[str, str]:
    """A shop and a thing of it that has had an alert."""
    found = ask(
        settings.published, f"select shop, entity from ops.alerts where entity_type = '{entity_type}' order by key"
    )
    return found[0][0], found[0][1]


def points(page: str, metric: str, grain: str) -> list[tuple[str, str | None, str]]:
    """Day, value and written value of each row of a KPI's table."""
    table = page.split(f'<table id="series-{metric}-{grain}">')[1].split("</table>")[0]
    rows = re.findall(r'<tr data-day="([^"]+)"(?: data-value="([^"]+)")?.*?<td class="n">([^<]*)', table, re.DOTALL)
    return [(day, value or None, unescape(text)) for day, value, text in rows]


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_the_published_tables(kind: str, home: Path) -> None:
    settings = Settings(home=home)
    shop, entity = of(settings, kind)
    page = browser(settings).get("entity", params={"shop": shop, "type": kind, "id": entity}).text
    published: dict[tuple[str, str], list[Any]] = {}
    for metric, grain, unit, day, value, currency in ask(
        settings.published,
        "select metric, grain, unit, period_start, value, currency from kpi.fct_kpi "
        "inner join meta.metrics using (metric) "
        f"where shop = '{shop}' and entity_type = '{kind}' and entity = '{entity}' order by period_start desc",
    ):
        published.setdefault((metric, grain), []).append((str(day), value, unit, currency))
    assert published
    for (metric, grain), rows in published.items():
        near = min(
            (
                rule.breach.low
                for rule in load_rules(settings.include, load_metrics(settings.include)).values()
                if (rule.metric, rule.grain, rule.by, rule.breach.of) == (metric, grain, kind, "value")
            ),
            default=None,
        )
        shown = {day: (value, text) for day, value, text in points(page, metric, grain)}
        for day, value, unit, currency in rows:
            assert shown[day][1] == number(value, unit, "en", near=near, currency=currency)
            assert value is None or float(shown[day][0] or "nan") == value


def test_a_period_without_a_number_is_a_gap_and_no_zero(home: Path) -> None:
    settings = Settings(home=home)
    page = browser(settings).get("entity", params={"shop": "qinghe", "type": "product", "id": GAP}).text
    assert points(page, "pay_conversion", "week") == [
        ("2026-11-09", "0.007407407407407408", "0.74%"),
        ("2026-11-02", None, "—"),
        ("2026-10-26", "0.007692307692307693", "0.77%"),
    ]


def test_the_alerts_stand_on_the_page_and_in_the_chart(home: Path) -> None:
    settings = Settings(home=home)
    key = key_of(settings, GAP)
    page = browser(settings).get("entity", params={"shop": "qinghe", "type": "product", "id": GAP}).text
    assert page.count(f'href="alert?key={key}"') == 2
    assert 'data-limits="0.01"' in page
    assert re.findall(r'data-day="([^"]+)"[^>]* data-alert', page) == ["2026-11-09"]


def test_a_product_leads_to_what_is_kept_of_it_and_to_the_nights_run(home: Path) -> None:
    settings = Settings(home=home)
    number_of = "select item_number from marts.dim_entity where entity_type = 'product' and entity = "
    item = ask(settings.published, f"{number_of}'{GAP}'")[0][0]
    skus = ask(
        settings.published, f"select entity from marts.dim_entity where entity_type = 'sku' and item_number = '{item}'"
    )
    page = browser(settings).get("entity", params={"shop": "qinghe", "type": "product", "id": GAP}).text
    assert skus
    assert all(f"entity?shop=qinghe&amp;type=sku&amp;id={sku}" in page for (sku,) in skus)


@pytest.mark.parametrize(("kind", "title"), [("product", "Sales by week"), ("campaign", "Results by week")])
def test_a_page_has_the_weeks_of_its_entity_as_a_table(kind: str, title: str, home: Path) -> None:
    settings = Settings(home=home)
    shop, entity = of(settings, kind)
    page = browser(settings).get("entity", params={"shop": shop, "type": kind, "id": entity}).text
    table = page.split(f">{title}</h2>")[1].split("</table>")[0]
    name, column = {"product": ("weekly_product", "product_id"), "campaign": ("weekly_ad_campaign", "campaign_id")}[
        kind
    ]
    weeks = ask(settings.published, f"select week_start from review.{name} where {column} = '{entity}' order by 1 desc")
    assert re.findall(r'rowheader"><bdi>([^<]+)</bdi>', table) == [str(week) for (week,) in weeks[:12]]


def test_a_target_is_named_in_the_readers_language(settings: Settings) -> None:
    target = "entity_type = 'target', entity = 'roas/week'"
    rewrite(
        settings,
        f"update marts.dim_entity set {target}, name = '投入产出比（周）' where entity = '{GAP}' and shop = 'qinghe'",
        f"update review.weekly_alerts set {target}, entity_name = '投入产出比（周）' where entity = '{GAP}'",
    )
    for language, name in (("zh", "投入产出比（周）"), ("en", "ROAS (week)")):
        reader = browser(settings, **{"accept-language": language})
        for path in ("entity?shop=qinghe&type=target&id=roas/week", "search?q=roas", "table?of=alerts", "week"):
            assert name in reader.get(path).text, (language, path)


def test_a_thing_that_nobody_knows_is_not_found(home: Path) -> None:
    reader = browser(Settings(home=home))
    for shop, kind, entity in (("qinghe", "product", "nope"), ("nope", "product", GAP), ("qinghe", "'--", "x")):
        assert reader.get("entity", params={"shop": shop, "type": kind, "id": entity}).status_code == 404


@pytest.mark.slow
def test_hostile_names_are_text(settings: Settings) -> None:
    names = [
        "<script>alert(1)</script>",
        '=HYPERLINK("http://x")',
        "\u202eabc\u202c",
        "长" * 500,
        "🧵 紫砂壶 👩‍🔧",
        "{{ 7 * 7 }}",
    ]
    key = key_of(settings, GAP)
    reader = browser(settings)
    for name in names:
        said = name.replace("'", "''")
        rewrite(
            settings,
            f"update marts.dim_entity set name = '{said}' where entity = '{GAP}'",
            f"update ops.alerts set entity_name = '{said}' where entity = '{GAP}'",
        )
        for path in ("today", f"alert?key={key}", f"entity?shop=qinghe&type=product&id={GAP}"):
            answer = reader.get(path)
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text
            assert "\u202e" not in answer.text
            assert "49" not in re.findall(r"<bdi[^>]*>([^<]*)</bdi>", answer.text)
            assert max(len(text) for text in re.findall(r"<bdi[^>]*>([^<]*)</bdi>", answer.text)) <= 300
    assert "{{ 7 * 7 }}" in reader.get("today").text


def test_the_list_of_alerts_names_who_has_them_now(settings: Settings) -> None:
    shop, product = of(settings, "product")
    address = f"entity?shop={shop}&type=product&id={product}"
    key, owner = ask(
        settings.published,
        "select key, owner_en from ops.alerts inner join meta.rules using (rule) "
        f"where shop = '{shop}' and entity = '{product}' and state = 'firing' order by key limit 1",
    )[0]

    def line() -> str:
        lines = browser(settings).get(address).text.split('id="alerts"')[1].split("</section>")[0].split("<li")
        return next(one for one in lines if key in one)

    assert owner in line()
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        assign(session, key, "仓储", ["仓储"], "lilei", "shared parcel")
    assert "Warehouse" in line()
    assert owner not in line()
