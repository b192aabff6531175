"""Search over everything that is judged, and over orders."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from shop import browser, rewrite

from night_tools import ask
from shopwatch.core.settings import Settings

GAP = "710000001019"  # a product that converts badly; see docs/demo.md


def found(settings: Settings, text: str) -> list[str]:
    """Ids of the entities on the page, in their order."""
    page = browser(settings).get("search", params={"q": text})
    assert page.status_code == 200
    return [unescape(one) for one in re.findall(r'<span class="small"><bdi>([^<]*)</bdi>', page.text)]


def test_a_product_is_found_by_id_name_and_item_number(home: Path) -> None:
    settings = Settings(home=home)
    product, name, number = ask(
        settings.published,
        "select entity, name, item_number from marts.dim_entity "
        "where entity_type = 'product' and name is not null and item_number is not null order by entity limit 1",
    )[0]
    assert found(settings, product)[0] == product
    assert product in found(settings, name)
    assert product in found(settings, number.lower())
    assert product in found(settings, f"  {name[4:7]} ")


def test_what_has_open_alerts_comes_first_and_leads_to_its_page(home: Path) -> None:
    settings = Settings(home=home)
    page = browser(settings).get("search?q=QH-").text
    counts = [int(n.replace("—", "0")) for n in re.findall(r'data-label="Open alerts">([^<]+)<', page)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0
    path = re.search(r'href="(entity\?[^"]+)"', page)
    assert path
    assert browser(settings).get(unescape(path[1])).status_code == 200


def test_an_order_is_found_by_its_whole_id_without_its_buyer(settings: Settings) -> None:
    rewrite(
        settings,
        "insert into marts.fct_order by name select 'qinghe' as shop, 'A-1' as order_id, date '2026-11-15' as day, "
        "'somebody' as buyer, 12.5 as paid_gross, 2 as refunded, 'CNY' as currency, "
        "timestamp '2026-11-15 09:30' as paid_at",
    )
    page = browser(settings).get("search?q=A-1").text
    assert "Order <bdi>A-1</bdi>" in page
    assert "¥12.50" in page
    assert "2026-11-15 09:30" in page
    assert "somebody" not in page
    assert "Order <bdi>" not in browser(settings).get("search?q=A-").text


@pytest.mark.parametrize("text", ["Revenue (month)", "成交额（月）"])
def test_a_target_is_found_by_its_name_in_either_language(text: str, settings: Settings) -> None:
    target = "entity_type = 'target', entity = 'revenue/month'"
    rewrite(
        settings,
        f"update marts.dim_entity set {target} where entity = '{GAP}'",
        f"update review.weekly_alerts set {target}",
    )
    assert "revenue/month" in found(settings, text)
    assert ">Revenue (month)</bdi>" in browser(settings).get("table", params={"of": "alerts", "q": text}).text


@pytest.mark.parametrize("text", ["%", "'; drop table x; --", "<script>alert(1)</script>", "no such thing", "长" * 400])
def test_any_text_is_only_text(text: str, home: Path) -> None:
    page = browser(Settings(home=home)).get("search", params={"q": text})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "Nothing found" in page.text


def test_a_blank_search_says_how_to_search(home: Path) -> None:
    page = browser(Settings(home=home)).get("search?q=+").text
    assert "by name, id or item number" in page
    assert "Nothing found" not in page


def test_letters_are_found_in_any_width_and_case(settings: Settings) -> None:
    rewrite(
        settings,
        "update marts.dim_entity set name = 'Große Ｋanne' where entity_type = 'product'",
        "insert into marts.fct_order by name select 'qinghe' as shop, 'A-1' as order_id, date '2026-11-15' as day",
    )
    assert found(settings, "ｑｈ－") == found(settings, "QH-") != []
    assert found(settings, "GROßE") != []
    assert "Order <bdi>A-1</bdi>" in browser(settings).get("search", params={"q": "Ａ－１"}).text
