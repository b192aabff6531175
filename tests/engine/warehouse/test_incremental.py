"""Typed rows change as exports change them, over many nights; the warehouse equals one that is built from scratch."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.pipeline import build_models, judge_night
from shopwatch.warehouse.connections import raw_warehouse, run_script, shop_warehouse, transaction
from shopwatch.warehouse.models import REVIEW, WAREHOUSE, BuildResult
from shopwatch.warehouse.review_tables import build_review
from warehouses import differences

LAST = date(2026, 11, 28)
SHOP = "qinghe"
HISTORY = (PROJECT / "scripts" / "night_history.sql").read_text("utf-8")
SIZE = {"orders": 6, "products": 3, "campaigns": 2}
COVER = """
    delete from coverage where table_name = '{table}';
    insert into coverage by name
    select '{table}' as table_name, source, shop, day, load_id, count(*) as row_count from main.{table} group by all
"""
LOAD = """
    insert into loads by name
    select
        '{load_id}' as load_id, '{source}' as source, 'qinghe' as shop, '{load_id}' as file,
        sha256('{load_id}') as sha256, 1 as bytes, timestamp '2026-11-29 02:00:00' as exported_at,
        'name' as version_rule, 'settled' as state, 1 as rows_read, 1 as rows_loaded, date '{day}' as first_day,
        date '{day}' as last_day, timestamp '2026-11-29 02:00:00' as loaded_at
"""
OLD_DAY = "2026-10-20"
OTHER_SHOP = """
    insert into main.orders by name
    select
        'tmall_orders' as source, 'mumian' as shop, date '2026-11-20' as day, timestamp '2026-11-21' as version,
        'mumian' as load_id, n as line, 'M' || n as order_id, 'paid' as status, 30 as paid, 0 as refunded,
        timestamp '2026-11-20 08:00:00' as ordered_at, timestamp '2026-11-20 08:01:00' as paid_at
    from range(3) as numbers (n)
"""
FIRST_SHIPPED = """
    update main.orders set status = 'shipped', shipped_at = timestamp '2026-11-24 08:00:00', load_id = 'mumian-2'
    where order_id = 'M1'
"""
CLOSED = f"""
    update main.orders
    set status = 'closed', refunded = paid, load_id = 'late', version = version + interval 1 day
    where day = '{OLD_DAY}' and line in (2, 3)
"""
PARCEL = """
    insert into main.parcels by name
    select
        'shopwatch_parcels' as source, shop, date '2026-11-26' as day, timestamp '2026-11-28 09:00:00' as version,
        'parcels' as load_id, 2 as line, order_id, 'W' || order_id as waybill, '中通' as carrier, '云南省' as province,
        timestamp '2026-11-26 10:00:00' as shipped_at, timestamp '2026-11-28 09:00:00' as checked_at
    from main.orders
    where day = '2026-11-02' and line = 4
"""
TARGET = """
    insert into main.targets by name
    select
        'shopwatch_targets' as source, 'qinghe' as shop, date '2026-11-01' as day, timestamp '2026-11-28' as version,
        'targets' as load_id, 2 as line, 'revenue' as metric, 'month' as period, date '2026-11-01' as starts_on,
        {target} as target
"""
COST = """
    insert into main.product_costs by name
    select
        'shopwatch_product_costs' as source, 'qinghe' as shop, date '{since}' as day, timestamp '2026-11-28' as version,
        'costs' as load_id, 2 as line, '710000000001' as product_id, date '{since}' as valid_from, {cost} as cost,
        30 as everyday_price
"""
STOCK = "delete from main.stock where day = '{day}' and sku = 'SKU-1'"
TRAFFIC = "update main.product_day set pay_pieces = pay_pieces + 5, load_id = 'again' where day = '{day}'"
RENAMED = """
    update main.product_day set product_name = 'another name', load_id = 'renamed'
    where product_id = '710000000001' and day = '2026-11-26'
"""
SPEND = "update main.ad_day set spend = spend * 3, load_id = 'again' where day = '{day}'"


class Watched:
    """A home whose raw rows are changed by statements, and built night by night."""

    def __init__(self, folder: Path) -> None:
        self.include = folder / "include"
        shutil.copytree(Settings().include, self.include)
        shops = "mumian: {title: 木棉, platform: tmall, currency: CNY, timezone: Asia/Shanghai, language: zh}\n"
        shops += "qinghe: {title: 青禾, platform: tmall, currency: CNY, timezone: Asia/Shanghai, language: zh,\n"
        (self.include / "shops.yaml").write_text(f"{shops}  targets: {{pay_conversion: 0.02, roas: 3}}}}\n", "utf-8")
        self.settings = Settings(home=folder / "home", include=self.include, pseudonym_key="k")  # type: ignore[arg-type]
        self.scratch = folder / "scratch"

    def days(self, first: date, last: date) -> None:
        with raw_warehouse(self.settings, Catalog(self.settings).contracts) as con, transaction(con):
            run_script(con, HISTORY, {}, {"first": first, "last": last, "shop": SHOP, **SIZE})

    def change(self, table: str, statement: str, load_id: str = "", source: str = "", day: str = "") -> None:
        with raw_warehouse(self.settings, Catalog(self.settings).contracts) as con, transaction(con):
            con.execute(statement)
            if load_id:
                con.execute(LOAD.format(load_id=load_id, source=source, day=day))
            con.execute(COVER.format(table=table))

    def build(self) -> BuildResult:
        return build_models(self.settings)

    def differs(self) -> dict[str, int]:
        """Tables that differ from those of a home with the same raw rows that is built from scratch."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        scratch = Settings(home=self.scratch, include=self.include, pseudonym_key="k")  # type: ignore[arg-type]
        scratch.raw_warehouse.parent.mkdir(parents=True)
        shutil.copy(self.settings.raw_warehouse, scratch.raw_warehouse)
        assert build_models(scratch).whole
        return differences(self.settings.shop_warehouse, scratch.shop_warehouse, (*WAREHOUSE, "ops", "seed"))

    def differs_after_night(self, night: date) -> dict[str, int]:
        """Review tables of a night that differ from those built whole."""
        self.build()
        judge_night(self.settings, night)
        shutil.rmtree(self.scratch, ignore_errors=True)
        shutil.copytree(self.settings.home, self.scratch)
        scratch = Settings(home=self.scratch, include=self.include, pseudonym_key="k")  # type: ignore[arg-type]
        with shop_warehouse(scratch) as con, transaction(con):
            con.execute("delete from meta.reviewed")
            build_review(con, scratch)
        return differences(self.settings.shop_warehouse, scratch.shop_warehouse, REVIEW)


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    watched = Watched(tmp_path_factory.mktemp("incremental"))
    watched.days(LAST - timedelta(days=75), LAST - timedelta(days=3))
    watched.change("orders", OTHER_SHOP, "mumian", "tmall_orders", "2026-11-20")
    assert watched.build().whole
    return watched


def test_a_correction_of_an_old_day_equals_a_build_from_scratch(corrected: Watched) -> None:
    corrected.days(LAST - timedelta(days=2), LAST - timedelta(days=2))
    corrected.change("orders", CLOSED, "late", "tmall_orders", OLD_DAY)
    assert corrected.build().rows > 0
    assert corrected.build().rows == 0, "nothing is new"
    assert corrected.differs() == {}


@pytest.mark.slow
def test_nights_of_corrections_equal_a_build_from_scratch(corrected: Watched) -> None:
    corrected.change("parcels", PARCEL, "parcels", "shopwatch_parcels", "2026-11-26")
    corrected.build()
    corrected.change("orders", FIRST_SHIPPED, "mumian-2", "tmall_orders", "2026-11-20")
    assert corrected.build().whole, "every order of the shop may now wait"
    corrected.change("stock", STOCK.format(day="2026-10-28"))
    corrected.change("product_day", TRAFFIC.format(day="2026-10-12"), "again", "sycm_products", "2026-10-12")
    corrected.build()
    corrected.days(LAST - timedelta(days=1), LAST - timedelta(days=1))
    corrected.change("ad_day", SPEND.format(day="2026-10-05"))
    corrected.build()
    assert corrected.differs() == {}


@pytest.mark.slow
def test_what_holds_until_it_is_replaced_equals_a_build_from_scratch(corrected: Watched) -> None:
    corrected.change("targets", TARGET.format(target=20000), "targets", "shopwatch_targets", "2026-11-01")
    corrected.change(
        "product_costs", COST.format(since="2026-09-01", cost=12), "costs", "shopwatch_product_costs", "2026-09-01"
    )
    corrected.build()
    corrected.change(
        "targets",
        "update main.targets set target = 40000, load_id = 'targets-2'",
        "targets-2",
        "shopwatch_targets",
        "2026-11-01",
    )
    corrected.change(
        "product_costs",
        "update main.product_costs set cost = 14, load_id = 'costs-2'",
        "costs-2",
        "shopwatch_product_costs",
        "2026-09-01",
    )
    corrected.days(LAST, LAST)
    corrected.build()
    assert corrected.differs() == {}


@pytest.mark.slow
def test_a_changed_declaration_equals_a_build_from_scratch(corrected: Watched) -> None:
    shops = corrected.include / "shops.yaml"
    shops.write_text(shops.read_text("utf-8").replace("roas: 3", "roas: 5"), "utf-8")
    corrected.build()
    calendar = corrected.include / "calendar.yaml"
    calendar.write_text(calendar.read_text("utf-8").replace("2026-11-11", "2026-11-12"), "utf-8")
    contract = corrected.include / "sources" / "sycm" / "shop_days.yaml"
    text = contract.read_text("utf-8").replace("export: sycm_shop_days", "export: another_shop_days")
    contract.with_name("another.yaml").write_text(text.replace("recognise: [", "recognise: [另一列, "), "utf-8")
    corrected.build()
    assert corrected.differs() == {}


@pytest.mark.slow
def test_review_tables_after_nights_of_corrections_equal_those_built_whole(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.days(LAST - timedelta(days=75), LAST - timedelta(days=4))
    assert watched.differs_after_night(LAST - timedelta(days=4)) == {}
    watched.days(LAST - timedelta(days=3), LAST - timedelta(days=3))
    assert watched.differs_after_night(LAST - timedelta(days=3)) == {}
    watched.change("ad_day", SPEND.format(day="2026-10-05"))
    watched.change("orders", CLOSED, "late", "tmall_orders", OLD_DAY)
    assert watched.differs_after_night(LAST - timedelta(days=3)) == {}
    watched.days(LAST - timedelta(days=2), LAST - timedelta(days=1))
    watched.change("product_day", RENAMED, "renamed", "sycm_products", "2026-11-26")
    assert watched.differs_after_night(LAST - timedelta(days=1)) == {}
    watched.change("stock", STOCK.format(day="2026-10-28"))
    watched.days(LAST, LAST)
    assert watched.differs_after_night(LAST) == {}
