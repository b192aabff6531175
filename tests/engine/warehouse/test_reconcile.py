"""Layers that must say the same are compared every night, and the data team hears of a cent."""

from __future__ import annotations

import shutil
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import duckdb
import pytest

from files import drop, order, orders_csv, plan, plans_csv
from shopwatch.core.settings import Settings
from warehouses import judge_unpublished, take_in

DAYS = [f"2026-11-{day:02d}" for day in range(2, 9)]
NIGHT = date(2026, 11, 8)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a shop's orders and ad spend, loaded and built; to be copied."""
    settings = Settings(home=tmp_path_factory.mktemp("built"), settle_seconds=0)
    orders = [
        order(number, **{"订单创建时间": f"{day} 09:00:00", "订单付款时间 ": f"{day} 09:05:00"})
        for number, day in enumerate(DAYS)
    ]
    drop(settings, "qinghe/orders202611090100.csv", orders_csv(orders))
    drop(settings, "qinghe/plans20261109010000.csv", plans_csv([plan(1, day) for day in DAYS]))
    take_in(settings)
    return settings.home


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> Settings:
    return Settings(home=shutil.copytree(built, tmp_path / "home"), settle_seconds=0)


def differing(settings: Settings) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.sql("select * exclude shop from ops.reconciliation order by all").fetchall()


def corrupt(settings: Settings, *statements: str) -> None:
    with duckdb.connect(settings.shop_warehouse) as con:
        for statement in statements:
            con.execute(statement)
    take_in(settings)


def mail_text(folder: Path) -> str:
    (file,) = folder.glob("*Data*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_layers_of_a_sound_night_agree(settings: Settings) -> None:
    assert differing(settings) == []


def test_a_cent_or_a_row_that_differs_is_found(settings: Settings) -> None:
    corrupt(
        settings,
        "update marts.fct_shop_day set revenue = revenue + 0.01 where day = '2026-11-04'",
        "delete from staging.stg_orders where day = '2026-11-03'",
        "update staging.stg_ad_day set spend = spend - 0.01 where day = '2026-11-04'",
        "delete from marts.fct_ad_day where day = '2026-11-03'",
        "update kpi.fct_kpi set denominator = denominator + 0.01 where metric = 'roas'",
    )
    found = {
        "ads_campaigns",
        "campaigns_roas",
        "orders_shop_day",
        "raw_ad_day",
        "raw_orders",
        "shop_day_revenue",
    }
    assert {row[0] for row in differing(settings)} == found


@pytest.mark.slow
def test_the_data_team_is_reported_once(settings: Settings) -> None:
    judge_unpublished(settings, NIGHT)
    for file in settings.outbox.glob("*.eml"):
        file.unlink()
    corrupt(settings, "update marts.fct_order set paid_gross = paid_gross + 0.01 where day = '2026-11-04'")
    subjects = judge_unpublished(settings, NIGHT)
    assert len(subjects) == 1
    text = mail_text(settings.outbox)
    assert "Layers differ | orders_shop_day" in text
    assert "2026-11-04" in text
    assert "ops.reconciliation" in text
    assert judge_unpublished(settings, NIGHT) == []
