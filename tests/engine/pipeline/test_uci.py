"""Real data: 305 daily files of a British on-line shop, where they are at hand."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from warehouses import differences, judge_and_tell, take_in

pytestmark = pytest.mark.slow  # loads half a million lines


@pytest.fixture(scope="module")
def shuffled(uci: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same files in two drops, in an order of their own, and some of them twice."""
    home = tmp_path_factory.mktemp("shuffled")
    settings = Settings(home=home, settle_seconds=0, pseudonym_key=uci.pseudonym_key)
    files = sorted(Path(uci.inbox_address or "").glob("*.csv"))
    random.Random(7).shuffle(files)
    settings.inbox.mkdir()
    for start in range(0, len(files), 160):
        for file in files[start : start + 160]:
            (settings.inbox / file.name).write_bytes(file.read_bytes())
        (settings.inbox / f"again {files[start].name}").write_bytes(files[start].read_bytes())
        take_in(settings)
    judge_and_tell(settings, None)
    return settings


def test_every_line_is_kept_and_the_sums_are_exact(uci: Settings) -> None:
    con = duckdb.connect(uci.published, read_only=True)
    found = con.execute(
        "select count(*), count(distinct order_id), sum(quantity * unit_price), "
        "sum(quantity * unit_price) filter (where order_id like 'C%'), min(currency), max(currency) "
        "from marts.fct_order_line"
    ).fetchone()
    assert found == (541_909, 25_900, Decimal("9747747.9340"), Decimal("-896812.4900"), "GBP", "GBP")
    repeats = con.execute(
        "select sum(times - 1) from (select count(*) as times from marts.fct_order_line group by order_id, product_id, "
        "product_name, quantity, unit_price, ordered_at, buyer, country, load_id)"
    ).fetchone()
    assert repeats == (5_268,)
    ledger = con.execute("select sum(rows_read), sum(rows_loaded), count(*) from ops.loads").fetchone()
    assert ledger == (541_909, 541_909, 305)


def test_orders_and_weeks_add_up_to_the_lines(uci: Settings) -> None:
    con = duckdb.connect(uci.published, read_only=True)
    orders = con.execute("select count(*), sum(paid_net) from marts.fct_order").fetchone()
    weeks = con.execute("select sum(net_revenue), sum(orders_placed) from review.weekly_shop").fetchone()
    assert orders == (25_900, Decimal("9747747.93"))
    assert weeks == (Decimal("9747747.93"), 25_900)


def test_the_order_of_delivery_plays_no_part(uci: Settings, shuffled: Settings) -> None:
    schemas = ("staging", "intermediate", "marts", "kpi", "review", "meta")
    differ = differences(uci.published, shuffled.published, schemas)
    assert differ.keys() <= {"staging.stg_loads"}  # the ledger has the files' own names and times


def test_the_review_is_of_the_last_closed_week(uci: Settings) -> None:
    from shopwatch.review.page import write_review

    page = write_review(uci.published, Catalog(uci), uci.reports)
    assert page.name == "review-2011-W48.html"
    assert "£324,370.83" in page.read_text("utf-8")
