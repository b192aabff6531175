"""Products add up to lines, and lines to the subtotals of their orders: to the cent, on every platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr

from files import drop
from marketplace_files import pinduoduo_csv, pinduoduo_order
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
    tmall_line,
    tmall_list,
    tmall_listed,
)
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import model_macros, shop_warehouse
from shopwatch.warehouse.reconcile import load_comparisons, reconcile
from warehouses import take_in

CASES = PROJECT.parent / "shared" / "cases"
PLATFORMS = ("shopify", "tmall", "jd", "doudian", "pinduoduo", "amazon")
WEEKS = [date(2026, 10, 5), date(2026, 10, 12)]
NOVEMBER = date(2026, 11, 2)


def prepared(home: Path, declared: str) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    (home / "shops.yaml").write_text(declared, "utf-8")
    return Settings(home=home, settle_seconds=0, pseudonym_key=SecretStr("k"))


def shop(name: str, currency: str, language: str = "en") -> str:
    zone = "America/New_York"
    return f"{name}: {{title: {name}, platform: any, currency: {currency}, timezone: {zone}, language: {language}}}\n"


def rows(settings: Settings, sql: str) -> list[tuple]:
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        return con.execute(sql).fetchall()


def sold(settings: Settings, name: str) -> dict[tuple[str, date], Decimal]:
    """Product and week -> revenue of a shop."""
    columns = "product_id, week_start, revenue"
    found = rows(settings, f"select {columns} from marts.fct_product_sales_week where shop = '{name}'")
    return {(product, week): revenue for product, week, revenue in found}


def names(settings: Settings, name: str) -> dict[str, str]:
    """Product -> its name in a shop."""
    found = rows(
        settings, f"select entity, name from marts.dim_entity where entity_type = 'product' and shop = '{name}'"
    )
    return dict(found)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Shops of examples, loaded and modelled; the real and shared cases are there where they are at hand."""
    shops = {"spus": "shopify_discounts", "danilo": "shopify_blank_sku"}
    declared = [shop("spus", "USD"), shop("danilo", "USD"), shop("en", "CNY"), shop("zh", "CNY", "zh")]
    settings = prepared(tmp_path_factory.mktemp("built"), "".join([*declared, shop("listed", "CNY")]))
    for name, case in shops.items():
        path = CASES / case / "orders_export_1.csv"
        if path.is_file():
            drop(settings, f"{name}/orders_export_1.csv", path.read_bytes(), "2026-10-20T02:00:00")
    (line, nameless) = shopify_order("A", ("QH-1", "1", "90.00"), ("", "1", "30.00"), Subtotal="100.00")
    for name in ("en", "zh"):
        export = shopify_csv([line, nameless | {"Lineitem name": ""}])
        drop(settings, f"{name}/orders.csv", export, "2026-11-05T03:00:00")
    lines = [tmall_line("A", "A1", "100.00", 标题="杯"), tmall_line("A", "A2", "50.00", 标题="盘")]
    unpaid = tmall_line("B", "B1", "0.00", 标题="碗", 订单状态="等待买家付款", 订单付款时间="")
    drop(settings, "listed/detail202611050300.csv", tmall_detail([*lines, unpaid]))
    take_in(settings)
    return settings


@pytest.mark.slow
@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")
def test_discounts_on_orders_and_on_lines_lower_the_products(built: Settings) -> None:
    assert sold(built, "spus") == {
        ("A", WEEKS[0]): Decimal("138.00"),
        ("B", WEEKS[0]): Decimal("32.00"),
        ("B", WEEKS[1]): Decimal("30.00"),
    }


@pytest.mark.slow
@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not here")
def test_lines_of_a_real_shop_without_skus_stand_under_their_titles(built: Settings) -> None:
    stated = "select sum(order_subtotal) from staging.stg_order_lines where shop = 'danilo' and paid_at is not null"
    assert [(sum(sold(built, "danilo").values()),)] == rows(built, stated)
    assert names(built, "danilo")["Tiger Bracelet"] == "Tiger Bracelet"


@pytest.mark.slow
def test_a_line_without_sku_and_title_stands_under_no_product(built: Settings) -> None:
    for name, words in {"en": "(no product stated)", "zh": "（未注明商品）"}.items():
        assert sold(built, name) == {("QH-1", NOVEMBER): Decimal("75.00"), ("no_product", NOVEMBER): Decimal("25.00")}
        assert names(built, name)["no_product"] == words


@pytest.mark.slow
def test_the_lines_of_a_detail_share_what_the_list_says(built: Settings) -> None:
    """满减 and platform coupons stand in the list only, which comes in another file and night."""
    assert sold(built, "listed") == {("杯", NOVEMBER): Decimal("100.00"), ("盘", NOVEMBER): Decimal("50.00")}
    drop(built, "listed/list202611060300.xlsx", tmall_list([tmall_listed("A", "128.01", 买家应付邮费="8.00")]))
    take_in(built)
    assert sold(built, "listed") == {("杯", NOVEMBER): Decimal("80.01"), ("盘", NOVEMBER): Decimal("40.00")}
    unpaid = "select revenue from marts.fct_order_line where shop = 'listed' and order_id = 'B'"
    assert rows(built, unpaid) == [(Decimal("0.00"),)]


@pytest.mark.slow
def test_a_cent_that_differs_is_found(built: Settings) -> None:
    assert rows(built, "select * from ops.reconciliation") == []
    with duckdb.connect(built.shop_warehouse) as con:
        con.execute("update marts.fct_order_line set revenue = revenue - 0.01 where shop = 'en' and sku is not null")
        con.execute("update marts.fct_product_sales_week set revenue = revenue - 0.01 where shop = 'zh'")
    with shop_warehouse(built) as con:
        con.execute(model_macros(built))
        con.execute(library_sql("warehouse/changed_everything"))
        con.execute(library_sql("warehouse/changed_periods"))
        reconcile(con, load_comparisons(built.include), whole=True)
    found = rows(built, "select reconciliation, shop from ops.reconciliation order by all")
    assert found == [
        ("order_lines_subtotals", "en"),
        ("products_order_lines", "en"),
        ("products_order_lines", "zh"),
    ]


@dataclass(frozen=True)
class Line:
    """One line: its price (cents, whole line), what is off it, its pieces, and whether it names its product."""

    price: int
    off: int
    pieces: int
    title: str
    has_id: bool

    @property
    def each(self) -> str:
        return money(self.price // self.pieces)


@dataclass(frozen=True)
class Order:
    """One order in cents. ``off``: the discount on the whole order; ``refunded``: of what was paid."""

    number: int
    lines: list[Line]
    off: int
    postage: int
    tax: int
    refunded: int
    is_paid: bool
    is_foreign: bool
    subtotal: int = field(init=False)

    def __post_init__(self) -> None:
        goods = sum(line.price - line.off for line in self.lines)
        object.__setattr__(self, "subtotal", max(goods - self.off, 0))

    @property
    def order_id(self) -> str:
        """As 拼多多 writes it: the day of the order comes first."""
        return f"261102-{self.number}"


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


@st.composite
def lines(draw: st.DrawFn) -> Line:
    pieces, each = draw(st.integers(1, 4)), draw(st.sampled_from([0, 1, 99, 333, 1000, 12_345, 7_000_01]))
    off = draw(st.sampled_from([0, 0, 1, 50])) if each else 0
    return Line(pieces * each, min(off, pieces * each), pieces, draw(st.sampled_from("甲乙丙")), draw(st.booleans()))


@st.composite
def orders(draw: st.DrawFn) -> list[Order]:
    return [
        Order(
            number,
            draw(st.lists(lines(), min_size=1, max_size=5)),
            off=draw(st.sampled_from([0, 1, 7, 500, 9999])),
            postage=draw(st.sampled_from([0, 800])),
            tax=draw(st.sampled_from([0, 33])),
            refunded=draw(st.sampled_from([0, 0, 1])),
            is_paid=draw(st.integers(0, 4)) > 0,
            is_foreign=draw(st.integers(0, 4)) == 0,
        )
        for number in range(12)
    ]


def shopify_rows(order: Order) -> list[dict[str, str]]:
    cells = {
        "Subtotal": money(order.subtotal),
        "Shipping": money(order.postage),
        "Taxes": money(order.tax),
        "Total": money(order.subtotal + order.postage + order.tax),
        "Discount Amount": money(order.off),
        "Refunded Amount": money(min(order.refunded, order.subtotal)),
        "Currency": "USD" if order.is_foreign else "CNY",
    }
    unpaid = {} if order.is_paid else {"Financial Status": "pending", "Paid at": ""}
    found = shopify_order(
        order.order_id,
        *(
            (line.title if line.has_id else "", str(line.pieces), str(line.price / 100 / line.pieces))
            for line in order.lines
        ),
        **cells | unpaid,
    )
    for row, line in zip(found, order.lines, strict=True):
        row |= {"Lineitem name": f"杯 {line.title}", "Lineitem discount": money(line.off)}
    return found


def write_files(settings: Settings, found: list[Order]) -> None:
    """The same orders as each platform would tell them, as far as it can."""
    detail, listed, jd, doudian, pinduoduo, amazon = [], [], [], [], [], []
    for order in found:
        paid, name = order.subtotal + order.postage, order.order_id
        unpaid = {} if order.is_paid else {"订单状态": "等待买家付款", "订单付款时间": "", "订单付款时间 ": ""}
        listed.append(tmall_listed(name, money(paid * order.is_paid), 买家应付邮费=money(order.postage), **unpaid))
        only = {"商品": order.lines[0].title, "用户实付金额(元)": money(paid), "邮费(元)": money(order.postage)}
        pinduoduo_unpaid = dict.fromkeys(("支付时间", "拼单成交时间", "订单成交时间"), "") | {"订单状态": "待支付"}
        pinduoduo.append(pinduoduo_order(name, **only, **({} if order.is_paid else pinduoduo_unpaid)))
        for number, line in enumerate(order.lines):
            own = money((line.price - line.off) * order.is_paid)
            detail.append(tmall_line(name, f"{name}-{number}", own, 标题=line.title, **unpaid))
            whole = {"结算金额": money(paid), "运费金额": money(order.postage)}
            jd_unpaid = {} if order.is_paid else {"订单状态": "等待付款", "付款确认时间": ""}
            product = {"商品ID": line.title if line.has_id else "", "商品名称": line.title, "京东价": line.each}
            jd.append(jd_line(name, 订购数量=str(line.pieces), **whole, **product, **jd_unpaid))
            doudian_unpaid = {} if order.is_paid else {"订单状态": "待支付", "支付完成时间": "-"}
            first = order.postage if number == 0 else 0
            cells = {"订单应付金额": money(line.price - line.off + first), "运费": money(first), **doudian_unpaid}
            doudian.append(doudian_line(name, f"{name}-{number}", 选购商品=line.title, **cells))
            item = {
                "order-status": "Shipped" if order.is_paid else "Pending",
                "quantity": str(line.pieces),
                "item-price": money(line.price),
                "item-promotion-discount": money(line.off),
                "item-tax": money(order.tax),
                "asin": line.title if line.has_id else "",
            }
            amazon.append(amazon_item(name, **item, **{"item-status": "" if order.is_paid else "Pending"}))
    drop(settings, "tmall/detail202611060300.csv", tmall_detail(detail))
    drop(settings, "tmall/list202611060300.xlsx", tmall_list(listed))
    when = "2026-11-06T03:00:00"
    drop(settings, "jd/jd.csv", jd_csv(jd), when)
    drop(settings, "doudian/doudian.csv", doudian_csv(doudian), when)
    drop(settings, "pinduoduo/orders.csv", pinduoduo_csv(pinduoduo), when)
    drop(settings, "amazon/orders.txt", amazon_txt(amazon), when)
    drop(settings, "shopify/orders.csv", shopify_csv([row for order in found for row in shopify_rows(order)]), when)


def expected_subtotal(order: Order, place: str) -> Decimal:
    """抖店 and Amazon tell reductions line by line only."""
    of_lines = sum(line.price - line.off for line in order.lines)
    cents = of_lines if place in ("doudian", "amazon") else order.subtotal
    return Decimal(cents * order.is_paid) / 100


@pytest.mark.slow
@hypothesis_settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each example is a night of six shops: too slow to shrink
)
@given(found=orders())
def test_products_lines_and_subtotals_agree_to_the_cent(
    tmp_path_factory: pytest.TempPathFactory, found: list[Order]
) -> None:
    settings = prepared(tmp_path_factory.mktemp("products"), "".join(shop(name, "CNY") for name in PLATFORMS))
    write_files(settings, found)
    take_in(settings)
    wanted = {(name, order.order_id): expected_subtotal(order, name) for name in PLATFORMS for order in found}
    of_orders = rows(settings, "select shop, order_id, subtotal from marts.fct_order")
    assert {(place, name): subtotal for place, name, subtotal in of_orders} == wanted
    of_lines = rows(settings, "select shop, order_id, sum(revenue) from marts.fct_order_line group by all")
    assert {(place, name): revenue for place, name, revenue in of_lines} == wanted
    totals = dict.fromkeys(PLATFORMS, Decimal(0))
    for (place, name), revenue in wanted.items():
        if place != "shopify" or not found[int(name.removeprefix("261102-"))].is_foreign:
            totals[place] += revenue
    of_products = rows(settings, "select shop, sum(revenue) from marts.fct_product_sales_week group by all")
    assert dict.fromkeys(PLATFORMS, Decimal(0)) | dict(of_products) == totals
    assert rows(settings, "select * from marts.fct_order_line where unit_price = 0 and revenue != 0") == []
    assert rows(settings, "select * from ops.reconciliation") == []
