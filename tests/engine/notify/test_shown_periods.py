"""Mails show of an alert what was judged: the period and its numbers, and what came after it without a verdict."""

from __future__ import annotations

import os
import random
import re
import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy.orm import Session

from night_tools import PROJECT, ask, mails_of
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language, words
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.cases import SUNDAY, CaseSeries, enter_series
from shopwatch.judge.evaluate import judge
from shopwatch.judge.lifecycle import update_alerts
from shopwatch.notify.digest import pending_digests
from shopwatch.notify.message import Card
from shopwatch.notify.news import gather_news
from shopwatch.notify.view import card_view
from shopwatch.store.export import export_alerts
from shopwatch.store.tables import open_store
from warehouses import judge_and_tell, take_in
from watching import BESIDE, RULES

CASES = PROJECT.parent / "shared" / "cases"
EXPORTED = datetime(2026, 9, 15, 12).timestamp()


def shop_of(case: str, home: Path) -> Settings:
    """A home with the case's shop, its file as old as the case says; skips where the case is not there."""
    folder = CASES / case
    if not folder.exists():
        pytest.skip(f"{folder} is not there")
    settings = Settings(home=home, settle_seconds=0)
    shutil.copy(folder / "shops.yaml", home / "shops.yaml")
    file = settings.inbox / "sp" / "orders_export_1.csv"
    file.parent.mkdir(parents=True)
    shutil.copy(folder / file.name, file)
    os.utime(file, (EXPORTED, EXPORTED))
    take_in(settings)
    return settings


def text_of(settings: Settings, mail: str) -> str:
    message = next(message for name, message in mails_of(settings.home).items() if mail in name)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.mark.slow
def test_an_alert_over_unjudged_weeks_shows_the_week_that_was_judged(tmp_path: Path) -> None:
    settings = shop_of("stale_alert_value", tmp_path)
    judge_and_tell(settings, date(2026, 9, 27))
    text = text_of(settings, "仓储")
    assert "28.57%，高于警戒线 5%\n   2026年第37周" in text
    assert re.search("订单数 20 / \\S+ 70 · 此后未判断：09-14 至 09-27（缺 Shopify 订单 09-15 至 09-27）", text)
    assert "涉及金额：$1,000" not in text, "money of orders that were late is not lost"
    assert "40.00%" not in text
    late = text_of(settings, "运营")
    assert "Shopify 订单" in late
    assert "天猫" not in late
    (weeks,) = {tuple(row) for row in ask(settings.published, WEEKLY)}
    assert weeks == (date(2026, 9, 7), 20, 70, "breach", 1)


WEEKLY = """
    select judged_period, numerator::integer, denominator::integer, judged_verdict, len(unjudged)
    from review.weekly_alerts where rule = 'ship_late' and week_start = '2026-09-14'
"""


@pytest.mark.slow
def test_a_move_between_incomplete_weeks_is_not_explained(tmp_path: Path) -> None:
    settings = shop_of("moves_of_partial_week", tmp_path)
    judge_and_tell(settings, date(2026, 9, 13))
    assert "上周成交额为什么变动" not in text_of(settings, "2026-09-13-仓储")  # revenue is not its business
    judge_and_tell(settings, date(2026, 9, 20))
    text = text_of(settings, "2026-09-20-运营")
    assert "sp：无法比较，缺 Shopify 订单 09-15 至 09-20" in text
    assert "3,450" not in text
    assert ask(settings.published, "from review.weekly_driver where week_start = '2026-09-14'") == []


WORDS = ("0.3", "0.9", "2", "40", "-3", "5!", "0!", "_", "?", "7@3")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(3))
def test_what_a_card_calls_a_breach_breaches(seed: int, tmp_path: Path) -> None:
    """Of every rule, over random series: value and limit satisfy the comparison, or the card calls it no breach."""
    include = Path(shutil.copytree(PROJECT / "include", tmp_path / "include"))
    for path in include.glob("sql/metrics/*.sql"):  # the tables here are those that the judge reads
        path.write_text(re.sub(r"(?m)^evidence: .*\n", "", path.read_text("utf-8")), "utf-8")
    settings, draw = Settings(home=tmp_path / "home", include=include), random.Random(seed)
    catalog = Catalog(settings)
    con = duckdb.connect()
    for statement in ("judge/judged_tables", "warehouse/reconciliation", "judge/freshness"):
        con.execute(library_sql(statement))
    con.execute(BESIDE)
    for name, rule in RULES.items():
        enter_series(con, catalog, CaseSeries(rule, " ".join(draw.choices(WORDS, k=8)), named=name))
    judge(con, catalog, RULES.values(), SUNDAY)
    with open_store(settings) as engine, Session(engine) as session:
        update_alerts(session, con, catalog, SUNDAY)
        session.flush()
        export_alerts(session, con, catalog.include)
        gather_news(session, con)
        digests = [talk.digest for talk in pending_digests(session, con, catalog, SUNDAY)]
    cards = [(card, digest.language) for digest in digests for card in digest.cards]
    assert any(card.verdict == "breach" for card, _ in cards)
    for card, language in cards:
        against = card_view(card, words(settings.include, language)).against
        assert says_breach(against, language) == (card.verdict == "breach" and card.value is not None)
        if card.verdict == "breach" and card.value is not None:
            assert breaches(card, con), (card.metric, card.value, card.breach, card.threshold, card.threshold_high)


def breaches(card: Card, con: duckdb.DuckDBPyConnection) -> bool:
    shown = [card.value, card.breach, card.threshold, card.threshold_high]
    row = con.execute("select meets($1, $2, $3, $4)", shown).fetchone()
    return row == (True,)


def says_breach(against: str, language: Language) -> bool:
    say = words(PROJECT / "include", language)
    return any(
        against.startswith(say(word, limit="{").partition("{")[0])
        for word in ("below", "above", "at_most", "at_least", "between", "outside")
    )
