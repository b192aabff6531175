"""However orders are delivered, split into files and repeated: one warehouse, its revenue as worked out by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from files import Row, drop
from order_files import (
    amazon_item,
    amazon_txt,
    doudian_csv,
    doudian_line,
    jd_csv,
    jd_line,
    shopify_csv,
    shopify_order,
    tmall_detail,
    tmall_detail_old,
    tmall_line,
    tmall_list_old,
    tmall_listed,
    tmall_refund,
    tmall_refunds,
)
from shopwatch.core.settings import Settings
from shopwatch.pipeline import build_models
from warehouses import differences, take_in

PLATFORMS = ("tmall", "jd", "douyin", "shopify", "amazon")
EXPORTED = ("2026-12-08T01:00:00", "2026-12-20T01:00:00")  # first what was known then, then how it ended
OF_FILES = frozenset({"shop", "load_id", "line", "coverage", "load_ids", "missing_days"})

WRITERS: dict[str, Callable[[Iterable[Row]], bytes]] = {
    "list.csv": tmall_list_old,
    "old.csv": tmall_detail_old,
    "detail.csv": tmall_detail,
    "refunds.xlsx": tmall_refunds,
    "jd.csv": jd_csv,
    "douyin.csv": doudian_csv,
    "shopify.csv": shopify_csv,
    "amazon.txt": amazon_txt,
}


@dataclass(frozen=True)
class Order:
    """How one order ended. ``lines``: the cents of each and whether it was bought after all; the first always was.

    ``is_net``: whether list and lines were exported after the refund.
    ``told``: which of Tmall's files speak of it. ``reduced``: cents that only the order knows of.
    """

    name: str
    placed: date
    paid_after: int | None
    lines: tuple[tuple[int, bool], ...]
    reduced: int
    refunded: int | None
    is_net: bool
    foreign: bool
    told: frozenset[str]

    def at(self, time: str, *, paid: bool = False) -> str:
        return f"{self.day if paid else self.placed} {time}"

    @property
    def day(self) -> date:
        return self.placed + timedelta(days=self.paid_after or 0)

    @property
    def whole(self) -> int:
        """Cents of all lines, minus what the order was reduced by."""
        return sum(cents for cents, _ in self.lines) - self.reduced

    @property
    def given_back(self) -> int:
        """Cents refunded, no more than were paid."""
        return min(self.refunded or 0, self.whole)

    @property
    def bought(self) -> int:
        return sum(cents for cents, wanted in self.lines if wanted)


@st.composite
def orders(draw: st.DrawFn, name: str) -> Order:
    told = draw(st.sampled_from(["list", "list old", "list detail", "list old detail", "detail", "old"]))
    return Order(
        name,
        date(2026, 10, 1) + timedelta(days=draw(st.integers(0, 40))),
        draw(st.sampled_from([None, 0, 1, 9])),
        (
            (draw(st.integers(1000, 9999)), True),
            *draw(st.lists(st.tuples(st.integers(0, 9999), st.booleans()), max_size=2)),
        ),
        draw(st.integers(0, 900)),
        draw(st.none() | st.integers(1, 900)),
        draw(st.booleans()),
        draw(st.booleans()),
        frozenset(told.split()),
    )


def money(cents: int) -> str:
    return f"{cents / 100:.2f}"


Units = list[tuple[str, list[Row]]]  # the file, and the rows in it that no split may part


def tmall(order: Order, ended: bool) -> Units:
    paid = ended and order.paid_after is not None
    status = "交易成功" if paid else "等待买家付款"
    paid_at = order.at("09:05:00", paid=True) if paid else ""
    back = order.given_back if paid and order.is_net else 0
    times = {
        "订单状态": status,
        "订单创建时间": order.at("09:00:00"),
        "订单付款时间": paid_at,
        "订单付款时间 ": paid_at,
    }
    units: Units = []
    if "list" in order.told:
        net = {"退款金额": money(back)}
        units.append(("list.csv", [tmall_listed(order.name, money(order.whole - back if paid else 0), **times, **net)]))
    rows = [
        tmall_line(
            order.name,
            f"{order.name}-{number}",
            money(cents - (0 if number else back) if paid else 0),
            价格=money(cents),
            退款金额=money(0 if number else back),
            **times,
        )
        for number, (cents, _) in enumerate(order.lines)
    ]
    if "old" in order.told:
        units.append(("old.csv", list(rows)))
    if "detail" in order.told:
        units += [("detail.csv", [row]) for row in rows]
    if order.refunded:
        asked = order.placed + timedelta(days=21)
        status = {"退款状态": "退款成功", "退款完结时间": f"{asked + timedelta(days=2)} 12:00:00"}
        if not ended:
            status = {"退款状态": "买家已经申请退款，等待卖家同意", "退款完结时间": ""}
        times = {"退款申请时间": f"{asked} 12:00:00", "退给买家金额": money(order.refunded)}
        units.append(("refunds.xlsx", [tmall_refund(f"R{order.name}", order.name, **status, **times)]))
    return units


def jd(order: Order, ended: bool) -> Units:
    paid = ended and order.paid_after is not None
    whole = {
        "订单状态": "完成" if paid else "等待付款",
        "下单时间": order.at("09:00:00"),
        "付款确认时间": order.at("09:05:00", paid=True) if paid else "",
        "结算金额": money(order.whole),
    }
    rows = [
        jd_line(order.name, 商品ID=str(n), 京东价=money(cents), **whole) for n, (cents, _) in enumerate(order.lines)
    ]
    return [("jd.csv", [*rows])]


def douyin(order: Order, ended: bool) -> Units:
    paid = ended and order.paid_after is not None
    rows = [
        doudian_line(
            order.name,
            f"{order.name}-{number}",
            订单应付金额=money(cents),
            订单提交时间=order.at("09:00:00"),
            支付完成时间=order.at("09:05:00", paid=True) if paid and wanted else "-",
            订单状态="待支付" if not ended else "已完成" if paid and wanted else "已关闭",
        )
        for number, (cents, wanted) in enumerate(order.lines)
    ]
    return [("douyin.csv", [row]) for row in rows]


def shopify(order: Order, ended: bool) -> Units:
    paid = ended and order.paid_after is not None
    whole = {
        "Financial Status": "paid" if paid else "pending",
        "Created at": order.at("09:00:00 +0800"),
        "Paid at": order.at("09:05:00 +0800", paid=True) if paid else "",
        "Currency": "USD" if order.foreign else "CNY",
        "Total": money(order.whole),
        "Refunded Amount": money(order.refunded or 0) if paid else "0.00",
    }
    lines = [(f"QH-{number}", "1", money(cents)) for number, (cents, _) in enumerate(order.lines)]
    return [("shopify.csv", [*shopify_order(order.name, *lines, **whole)])]


def amazon(order: Order, ended: bool) -> Units:
    paid = ended and order.paid_after is not None
    rows: list[Row] = []
    for cents, wanted in order.lines:
        cells = {"item-price": money(cents), "item-tax": "1.00", "shipping-price": "", "item-status": "Shipped"}
        if not wanted:
            cells = {"item-price": "", "item-tax": "", "shipping-price": "", "item-status": "Cancelled"}
        promotions = {"item-promotion-discount": "", "ship-promotion-discount": "", "shipping-tax": ""}
        whole = {
            "purchase-date": f"{order.placed}T09:00:00+08:00",
            "last-updated-date": f"{EXPORTED[ended]}+08:00",
            "order-status": "Shipped" if paid else "Pending",
            "currency": "USD" if order.foreign else "CNY",
        }
        rows.append(amazon_item(order.name, **cells, **promotions, **whole))
    return [("amazon.txt", rows)]


RENDER: dict[str, Callable[[Order, bool], Units]] = {
    "tmall": tmall,
    "jd": jd,
    "douyin": douyin,
    "shopify": shopify,
    "amazon": amazon,
}


def expected(platform: str, order: Order) -> tuple[date, bool, int, int, str] | None:
    """Day, whether it was paid, cents gross and refunded (None: unknown), currency; None if no file makes it known."""
    is_paid = order.paid_after is not None
    paid = {
        "tmall": order.whole if "list" in order.told else sum(cents for cents, _ in order.lines),
        "jd": order.whole,
        "douyin": order.bought,
        "shopify": order.whole,
        "amazon": order.bought + (100 * sum(wanted for _, wanted in order.lines) if order.foreign else 0),
    }[platform]
    if platform == "tmall" and order.told == {"old"}:
        return None
    refunded: int | None = min(order.refunded or 0, paid) if is_paid else 0
    if platform == "douyin":
        refunded = 0  # none of its lines is in after-sales
    if platform in ("jd", "amazon") and is_paid and paid:
        refunded = None
    day = order.placed if platform == "amazon" else order.day
    currency = "USD" if order.foreign and platform in ("shopify", "amazon") else "CNY"
    return (day, is_paid, paid if is_paid else 0, refunded, currency)


Told = dict[tuple[int, str], list[list[Row]]]  # version and file -> the rows that no split may part
File = tuple[int, str, int, bytes]  # night, name, version, content


def units_of(platform: str, told: list[Order]) -> Told:
    units: Told = {}
    for version in (0, 1):
        for order in told:
            for kind, rows in RENDER[platform](order, version == 1):
                units.setdefault((version, kind), []).append(rows)
    return units


def plainly(units: Told) -> list[File]:
    """Each version in one file of each export, all in one night, but that refunds are carried out later."""
    return [
        (
            int((version, kind) == (1, "refunds.xlsx")),
            f"{version}-{kind}",
            version,
            WRITERS[kind](row for rows in parts for row in rows),
        )
        for (version, kind), parts in units.items()
    ]


@st.composite
def splits(draw: st.DrawFn, units: Told) -> list[tuple[int, int, int, str, list[int]]]:
    """Night, place in the night, version, export and units of each file: parted, mixed and repeated as may be."""
    files = []
    for (version, kind), parts in units.items():
        # each is in one of two files or in both; what was known first may as well be in neither
        choices = st.sampled_from([{0}, {1}, {0, 1}] if version else [{0}, {1}, {0, 1}, set()])
        into = draw(st.lists(choices, min_size=len(parts), max_size=len(parts)))
        for part in (0, 1):
            chosen = draw(st.permutations([number for number, files_of in enumerate(into) if part in files_of]))
            if chosen:
                files.append((draw(st.integers(0, 1)), draw(st.integers(0, 9)), version, kind, list(chosen)))
    return files


def anyhow(units: Told, split: list[tuple[int, int, int, str, list[int]]]) -> list[File]:
    return [
        (
            night,
            f"{place}-{number}-{kind}",
            version,
            WRITERS[kind](row for unit in chosen for row in units[version, kind][unit]),
        )
        for number, (night, place, version, kind, chosen) in enumerate(split)
    ]


def prepared(home: Path, shops: Iterable[str]) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    declared = "".join(f"{shop}: {{title: {shop}, platform: any, currency: CNY}}\n" for shop in shops)
    (home / "shops.yaml").write_text(declared, "utf-8")
    return Settings(home=home, settle_seconds=0, pseudonym_key=SecretStr("k"))


def holds(data: st.DataObject, folder: Path, platforms: tuple[str, ...]) -> None:
    """One history of each platform, told to one shop plainly and to another anyhow."""
    shops = {f"{platform}_{how}": platform for platform in platforms for how in ("plain", "anyhow")}
    settings = prepared(folder / "home", shops)
    told = {p: [data.draw(orders(f"{p}{n}"), label=f"{p}{n}") for n in range(4)] for p in platforms}
    units = {platform: units_of(platform, told[platform]) for platform in platforms}
    files = {f"{platform}_plain": plainly(units[platform]) for platform in platforms}
    for platform in platforms:
        files[f"{platform}_anyhow"] = anyhow(units[platform], data.draw(splits(units[platform]), label=platform))
    assume(any(order.paid_after for of_platform in told.values() for order in of_platform))  # the simplest says little
    for night in (0, 1):
        for shop, delivered in files.items():
            for on, name, version, content in delivered:
                if on == night:
                    drop(settings, f"{shop}/{name}", content, EXPORTED[version])
        take_in(settings)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        for shop, platform in shops.items():
            assert_revenue(con, shop, {order.name: expected(platform, order) for order in told[platform]})
        for platform in platforms:
            assert_alike(con, f"{platform}_plain", f"{platform}_anyhow")
    again = prepared(folder / "again", shops)
    again.raw_warehouse.parent.mkdir(parents=True)
    shutil.copyfile(settings.raw_warehouse, again.raw_warehouse)
    assert build_models(again).whole
    assert differences(settings.shop_warehouse, again.shop_warehouse) == {}


def assert_revenue(con: duckdb.DuckDBPyConnection, shop: str, orders: dict[str, tuple | None]) -> None:
    known = {name: said for name, said in orders.items() if said}
    found = con.execute(
        "select order_id, day, is_paid, paid_gross, refunded, currency from marts.fct_order where shop = $1", [shop]
    ).fetchall()
    assert len(found) == len(known)
    assert {
        name: (day, is_paid, int(100 * paid), None if refunded is None else int(100 * refunded), currency)
        for name, day, is_paid, paid, refunded, currency in found
    } == known
    revenue: dict[date, Decimal] = {}
    for day, _, paid, _, currency in known.values():
        revenue[day] = revenue.get(day, Decimal(0)) + (Decimal(paid) / 100 if currency == "CNY" else 0)
    days = con.execute("select day, coalesce(revenue, 0) from marts.fct_shop_day where shop = $1", [shop]).fetchall()
    assert {day: money for day, money in days if money or day in revenue} == revenue  # the others had no order
    wrong = "paid_gross < refunded or refunded < 0 or paid_net is distinct from paid_gross - refunded"
    assert con.execute(f"select * from marts.fct_order where shop = $1 and ({wrong})", [shop]).fetchall() == []


def assert_alike(con: duckdb.DuckDBPyConnection, one: str, other: str) -> None:
    """Two shops have the same in every table, but for what tells their files apart and which days these cover."""
    tables = con.execute(
        "select schema_name || '.' || table_name, list(column_name) from duckdb_columns()"
        " where schema_name in ('staging', 'intermediate', 'marts') and table_name not in"
        " ('stg_shops', 'stg_loads', 'stg_coverage', 'dim_shop', 'int_covered_days', 'int_days', 'int_periods',"
        " 'int_order_days', 'int_short_horizons', 'fct_order_silence_day')"
        " group by all having list_contains(list(column_name), 'shop')"
    ).fetchall()
    con.execute(
        "create or replace temp table days_of_one as select day from intermediate.int_covered_days"
        f" where input = 'orders' and shop in ('{one}', '{other}') group by day having count(distinct shop) = 1"
    )
    differing = {}
    for name, columns in tables:
        said = ", ".join(f'"{column}"' for column in columns if column not in OF_FILES) or "true"
        own = "and entity_type <> 'shop'" if "entity_type" in columns else ""  # a shop is named after itself
        if "day" in columns:
            own += " and day not in (from days_of_one)"
        elif "week_start" in columns:
            own += " and week_start not in (select cast(date_trunc('week', day) as date) from days_of_one)"
        rows = [f"select {said} from {name} where shop = '{shop}' {own}" for shop in (one, other)]
        missing, extra = (
            con.execute(f"{first} except all {second}").fetchall() for first, second in (rows, reversed(rows))
        )
        differing |= {name: (missing, extra)} if missing or extra else {}
    assert (len(tables) > 15, differing) == (True, {})


common = {"deadline": None, "suppress_health_check": list(HealthCheck), "phases": [Phase.generate]}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@hypothesis_settings(max_examples=6, **common)  # each example is two nights of all shops: too slow to shrink
@given(data=st.data())
def test_however_orders_are_exported(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    holds(data, tmp_path_factory.mktemp("history"), PLATFORMS)
