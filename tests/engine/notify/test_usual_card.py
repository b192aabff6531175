"""The card of a rule that judges what is unusual shows the usual range."""

from __future__ import annotations

import duckdb
import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import Language, words
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.cases import SUNDAY, CaseSeries, enter_series
from shopwatch.judge.evaluate import judge
from shopwatch.notify.entries import Row, card_of
from shopwatch.notify.reason import NotifyReason
from shopwatch.notify.view import card_view
from shopwatch.warehouse.connections import dicts

CATALOG = Catalog(Settings())
TEXTS = {
    "zh": (
        "成交额偏离平常多少（以平常波动为 1） −30.00，低于警戒线 −2.9",
        "¥400，平常不低于 ¥942（中间值 ¥1,000，参照此前 6 个相同星期几的日子）",
    ),
    "en": (
        "Distance of revenue from what is usual (1 is the usual spread) −30.00, below the limit of −2.9",
        "¥400, usually ¥942 or more (middle ¥1,000, from 6 days of this weekday before)",
    ),
}


@pytest.fixture(scope="module")
def row() -> Row:
    """The firing alert of a shop that took 1,000 on each of 50 days, and 400 on the last."""
    rule = CATALOG.rules["day_weak"]
    with duckdb.connect() as con:
        con.execute(library_sql("judge/judged_tables"))
        enter_series(con, CATALOG, CaseSeries(rule, "1000x50 400"))
        judge(con, CATALOG, [rule], SUNDAY)
        con.execute(
            "create table ops.alerts as select *, 'key' as key, 0 as back_after, 'firing' as state, "
            "shop as shop_title, entity as entity_name, null as belongs_to from ops.episodes"
        )
        (found,) = dicts(con.execute(library_sql("notify/cards"), {"keys": ["key"], "notified": None}))
        return found


@pytest.mark.parametrize("language", TEXTS)
def test_a_card_names_the_usual_range_and_its_basis(row: Row, language: Language) -> None:
    view = card_view(card_of(row, CATALOG, language, NotifyReason.NEW), words(CATALOG.include, language))
    assert (view.sentence, view.fraction) == TEXTS[language]


def test_a_name_that_no_night_would_publish_is_masked_in_a_mail_and_an_id_is_not(row: Row) -> None:
    names = {
        "王小明 13812345678": "王小明 138********",
        "li@example.com": "li@*******.***",
        "13812345678": "13812345678",
    }
    for name, shown in names.items():
        assert card_of(row | {"name": name}, CATALOG, "zh", NotifyReason.NEW).name == shown
