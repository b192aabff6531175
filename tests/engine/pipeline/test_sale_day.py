"""A sale day: exports are judged as they come, in a copy, and the night finds everything as it left it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from files import drop
from night_tools import ask
from order_files import tmall_list, tmall_listed
from shopwatch import pipeline
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.ops import sale_day
from shopwatch.ops.sale_day import copies, remove_old_copies, sale_days_now
from shopwatch.pipeline import judge_night, watch_sale_day
from shopwatch.shards.night import begin_night
from shopwatch.store.tables import OutboxMail, open_store
from warehouses import declare_only, judge_unpublished, take_in

BEFORE, DAY = date(2026, 11, 10), date(2026, 11, 11)
MORNING = datetime(2026, 11, 11, 2, 30, tzinfo=UTC)
"""10:30 in Shanghai."""


def sold(day: str, hours: dict[int, int]) -> bytes:
    """Tmall's order list: so many orders of 128.00 in each hour."""
    return tmall_list(
        tmall_listed(
            f"{day.replace('-', '')}{hour:02}{number:04}",
            **{"订单创建时间": f"{day} {hour:02}:10:00", "订单付款时间 ": f"{day} {hour:02}:11:00"},
        )
        for hour, orders in hours.items()
        for number in range(orders)
    )


def mails(settings: Settings) -> list[tuple[str, date, str]]:
    """Team, day and text of each mail of the sale day."""
    mail = OutboxMail
    with open_store(settings) as engine, Session(engine) as session:
        found = select(mail.team, mail.night, mail.content).where(mail.key.contains("sale-day")).order_by(mail.key)
        return [
            (team, night, message_from_bytes(content, policy=policy.default).get_content())
            for team, night, content in session.execute(found)
        ]


def state_of(home: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (home / "warehouse").glob("*.duckdb")}


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (datetime(2026, 11, 10, 15, 59, tzinfo=UTC), {}),
        (datetime(2026, 11, 10, 16, 0, tzinfo=UTC), {"qinghe": DAY, "mumian": DAY}),
        (datetime(2026, 11, 11, 16, 0, tzinfo=UTC), {}),
    ],
)
def test_a_sale_day_is_the_shops_own(moment: datetime, days: dict[str, date]) -> None:
    """From midnight to midnight in its time zone; 双11 is none of a British shop's."""
    assert sale_days_now(Catalog(Settings()), moment) == days


@pytest.mark.slow
def test_a_sale_day_behind_past_ones_is_notified_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare_only(tmp_path / "home", "qinghe")
    settings = Settings(home=tmp_path / "home", settle_seconds=0)
    past = sold("2025-11-11", dict.fromkeys(range(24), 10))
    drop(settings, "qinghe/ExportOrderList202511120100.csv", past, "2025-11-12T01:00:00")
    drop(settings, "qinghe/ExportOrderList202611110100.csv", sold("2026-11-10", {9: 5}), "2026-11-11T01:00:00")
    take_in(settings)
    judge_unpublished(settings, BEFORE)
    left = state_of(settings.home)

    assert watch_sale_day(settings, datetime(2026, 11, 9, 2, tzinfo=UTC)).days == {}
    assert watch_sale_day(settings, MORNING).notified == 0
    so_far = sold("2026-11-11", dict.fromkeys(range(10), 6) | {10: 1})
    drop(settings, "qinghe/ExportOrderList202611111020.csv", so_far, "2026-11-11T10:20:00")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "deliver_due", stopped)
        with pytest.raises(KeyboardInterrupt):
            watch_sale_day(settings, MORNING)
    first = mails(settings)
    assert watch_sale_day(settings, MORNING).notified == 0
    ((team, day, text),) = mails(settings)
    assert [(team, day, text)] == first
    assert (team, day) == ("运营", DAY)
    assert "大促进度落后" in text
    assert "60.00%" in text
    assert state_of(settings.home) == left

    less = sold("2026-11-11", dict.fromkeys(range(10), 6) | {11: 1, 10: 0, 12: 0})
    drop(settings, "qinghe/ExportOrderList202611111120.csv", less, "2026-11-11T11:20:00")
    assert watch_sale_day(settings, MORNING).notified == 0, "still a warning"

    take_in(settings)
    judge_night(settings.model_copy(update={"allow_future_nights": True}), DAY)
    assert ask(settings.shop_warehouse, "select distinct rule from ops.verdicts where rule = 'sale_day_slow'") == []
    assert ask(settings.shop_warehouse, "select count(*) from marts.fct_order where day = '2026-11-11'") == [(62,)]


@pytest.mark.slow
def test_each_shard_judges_its_sale_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails holds back its own news alone, and the teams have that as soon as it works."""
    settings = Settings(home=tmp_path / "home", settle_seconds=0)
    declare_only(settings.home, "qinghe", "mumian")
    shops = yaml.safe_load((settings.home / "shops.yaml").read_text("utf-8"))
    shops["mumian"]["shard"] = "north"
    (settings.home / "shops.yaml").write_text(yaml.safe_dump(shops, allow_unicode=True), "utf-8")
    past = sold("2025-11-11", dict.fromkeys(range(24), 10))
    for shop in shops:
        drop(settings, f"{shop}/ExportOrderList202511120100.csv", past, "2025-11-12T01:00:00")
    for part in map(settings.for_shard, begin_night(settings)):
        take_in(part)
    for shop in shops:
        drop(settings, f"{shop}/ExportOrderList202611111020.csv", sold("2026-11-11", {9: 1}), "2026-11-11T10:20:00")
    key = "the copy of the shard"
    real = sale_day.day_settings

    def fails(of: Settings, day: date) -> Settings:
        if of.shard == "north":
            raise OSError(key)
        return real(of, day)

    with monkeypatch.context() as patched:
        patched.setattr(sale_day, "day_settings", fails)
        with pytest.raises(OSError, match=key):
            watch_sale_day(settings, MORNING)
    titles = {shop: declared["title"] for shop, declared in shops.items()}
    assert [[shop for shop in titles if titles[shop] in text] for _, _, text in mails(settings)] == [["qinghe"]]
    assert watch_sale_day(settings, MORNING).notified == 1
    assert watch_sale_day(settings, MORNING).notified == 0
    assert titles["mumian"] in mails(settings)[-1][2]
    held = [copies(settings.for_shard(shard)) / "2026-11-11" for shard in ("main", "north")]
    assert [remove_old_copies(settings, date(2026, 11, day)) for day in (12, 13)] == [0, 2]
    assert not any(folder.exists() for folder in held)
