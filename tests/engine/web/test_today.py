"""What there is to do today."""

from __future__ import annotations

import re
from pathlib import Path

from shop import browser, rewrite
from sqlalchemy.orm import Session

from night_tools import ask
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_rules
from shopwatch.core.i18n import limit, money, number
from shopwatch.core.settings import Settings
from shopwatch.store.decisions import acknowledge
from shopwatch.store.tables import open_store

WITHOUT_MONEY = {"cart_rate_falling", "cost_per_click_jump"}
"""The rules whose alerts of that night nobody can put a sum to."""


def order_of(page: str) -> list[str]:
    return re.findall(r'class="card(?: follows)?" id="alert-([0-9a-f]+)"', page)


URGENT = "severity = 'critical' desc, severity = 'warning' desc, at_stake desc nulls last, key"
APART = "update ops.alerts set entity = key, belongs_to = null where state = 'firing'"
"""Each alert is about a thing of its own, whichever rules a shop adds."""


def test_critical_alerts_stand_first_then_money(settings: Settings) -> None:
    rewrite(settings, APART)
    by_urgency = ask(settings.published, f"select key from ops.alerts where state = 'firing' order by {URGENT}")
    page = browser(settings).get("today").text
    assert order_of(page) == [key for (key,) in by_urgency]
    assert len(by_urgency) >= 4
    assert f"{len(by_urgency)} alerts to act on" in page
    assert "alerts about" not in page


def test_alerts_about_one_thing_stand_together(settings: Settings) -> None:
    rewrite(settings, APART)
    found = ask(settings.published, f"select key from ops.alerts where state = 'firing' order by {URGENT}")
    (first,), (last,) = found[0], found[-1]
    rewrite(
        settings,
        "update ops.alerts set shop = other.shop, entity_type = other.entity_type, entity = other.entity, "
        f"belongs_to = other.belongs_to from ops.alerts as other where other.key = '{first}' and alerts.key = '{last}'",
    )
    page = browser(settings).get("today").text
    assert order_of(page)[:2] == [first, last]
    assert page.count("2 alerts about ") == page.count(' follows"') == 1
    assert f"{len(found)} alerts to act on, about {len(found) - 1} things" in page


def test_every_number_of_a_card_is_the_published_tables(home: Path) -> None:
    settings = Settings(home=home)
    page = browser(settings).get("today").text
    found = ask(
        settings.published,
        "select alerts.key, rule, measured, threshold, at_stake, alerts.currency, unit from ops.alerts as alerts "
        "inner join meta.metrics as metrics using (metric) where state = 'firing'",
    )
    rules = load_rules(settings.include, load_metrics(settings.include))
    for key, rule, measured, threshold, at_stake, currency, unit in found:
        of = rules[rule].breach.of
        unit = unit if of == "value" else "ratio" if of == "deviations" else "share"
        card = page.split(f'id="alert-{key}"')[1].split("</li>")[0]
        assert f'<p class="value">{number(measured, unit, "en", near=threshold, currency=currency)}</p>' in card
        assert limit(threshold, unit, "en", currency) in card
        stake = "cannot be estimated" if at_stake is None else money(at_stake, currency)
        assert f'At stake <span class="change">{stake}</span>' in card
    assert {rule for _, rule, _, _, at_stake, _, _ in found if at_stake is None} == WITHOUT_MONEY


def test_a_department_sees_its_own(home: Path) -> None:
    settings = Settings(home=home)
    reader = browser(settings)
    everyone = reader.get("today").text
    own = reader.get("today", params={"owner": "Merchandise"}).text
    stock = ask(
        settings.published,
        "select key from ops.alerts inner join meta.rules using (rule) where state = 'firing' and owner_zh = '商品'",
    )
    assert sorted(order_of(own)) == sorted(key for (key,) in stock)
    assert f'href="today?owner=Merchandise">Merchandise <span class="count">{len(stock)}</span>' in everyone


def test_what_somebody_takes_care_of_is_no_longer_to_be_done(settings: Settings) -> None:
    key = ask(settings.published, "select key from ops.alerts where state = 'firing' order by at_stake desc limit 1")[
        0
    ][0]
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        acknowledge(session, key, "韩梅梅", "供应商停产", "换款")
    page = browser(settings).get("today").text
    assert key not in order_of(page)
    assert "供应商停产" in page.split('id="acknowledged"')[1]


def test_data_that_is_late_is_said_so(settings: Settings) -> None:
    assert "days behind" not in browser(settings).get("today").text
    rewrite(settings, "delete from ops.coverage where source = 'wangdiantong_stock' and day > '2026-11-12'")
    page = browser(settings).get("today").text
    assert len(re.findall(r'class="lacking">3 days behind', page)) == 2


def test_a_late_export_stands_with_the_rules_that_wait_for_it(settings: Settings) -> None:
    assert 'id="late"' not in browser(settings).get("today").text
    rewrite(settings, "update ops.freshness set state = 'late', last_day = '2026-11-12' where input = 'stock'")
    rewrite(
        settings,
        "update ops.verdict_counts set verdict = 'blocked', reason = 'missing_days' where rule = 'stock_low' "
        "and period_start = '2026-11-15'",
    )
    rewrite(
        settings,
        "insert into ops.missing_periods by name select distinct shop, covered_by, grain, period_start, "
        "[period_start] as missing_days from ops.verdict_counts where rule = 'stock_low' and verdict = 'blocked'",
    )
    reader = browser(settings)
    late = reader.get("today").text.split('id="late"')[1].split("</section>")[0]
    assert "the latest is for 2026-11-12. Not judged because of it: Low stock." in late
    assert 'id="late"' in reader.get("today", params={"owner": "Merchandise"}).text
    assert 'id="late"' not in reader.get("today", params={"owner": "Advertising"}).text


def test_a_quiet_night_says_so(settings: Settings) -> None:
    rewrite(settings, "update ops.alerts set state = 'resolved', resolved_at = '2026-11-15'")
    assert "Nothing to act on today." in browser(settings).get("today").text


def test_no_more_alerts_than_a_person_reads_at_once(settings: Settings) -> None:
    rewrite(
        settings,
        "insert into ops.alerts select alerts.* replace (key || n as key, entity || n as entity) "
        "from ops.alerts as alerts cross join range(20) as more(n) where state = 'firing'",
    )
    reader = browser(settings)
    assert len(order_of(reader.get("today").text)) == 30
    count = ask(settings.published, "select count(*) from ops.alerts where state = 'firing'")[0][0]
    assert f"Show {count - 30} more" in reader.get("today").text
    assert len(order_of(reader.get("today?everything=1").text)) == count
