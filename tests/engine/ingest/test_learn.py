from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from files import (
    STOCK,
    UCI,
    ask,
    csv_bytes,
    drop,
    load_all,
    order,
    orders_csv,
    plan,
    plans_csv,
    product,
    products_xls,
    table,
    xlsx_bytes,
)
from order_files import AMAZON, DOUDIAN, JD, SHOPIFY, Row, amazon_item, doudian_line, jd_line, shopify_order
from shopwatch.catalog.contracts import Column, Contract, load_contracts
from shopwatch.cli.main import app
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.detect import RejectedError, detect_contract
from shopwatch.ingest.preview.draft import Draft, learn, write

CLI = CliRunner()
CONTRACTS = load_contracts(PROJECT / "include")


@contextmanager
def house(*without: str) -> Iterator[Settings]:
    """An installation with its own copy of the contracts, but for some."""
    with TemporaryDirectory() as folder:
        include = Path(folder) / "include"
        shutil.copytree(PROJECT / "include" / "sources", include / "sources")
        for name in ("sql", "shops.yaml", "learn.yaml", "reasons.yaml", "mail"):
            if (PROJECT / "include" / name).exists():
                (include / name).symlink_to(PROJECT / "include" / name)
        for path in (include / "sources").rglob("*.yaml"):
            if f"{path.parent.name}/{path.stem}" in without:
                path.unlink()
        yield Settings(home=Path(folder) / "home", include=include, settle_seconds=0)


def learnt(settings: Settings, path: Path, name: str = "trial_export") -> Draft:
    return learn(settings, load_contracts(settings.include), path, name)


def loads_by(settings: Settings, draft: Draft) -> tuple[int, int, int, int]:
    """The ledger's counts once the unedited draft lies among the contracts."""
    write(settings, draft)
    assert draft.contract.export in load_contracts(settings.include)
    load_all(settings)
    ((state, *counts),) = ask(
        settings,
        "select state, rows_read, rows_loaded, rows_quarantined, rows_skipped from loads where source is not null",
    )
    assert state == "incoming"
    return tuple(counts)


KNOWN = {
    "tmall/orders": ("orders", ["order_id"], "upsert", orders_csv([order(1), order(2), order(3)])),
    "wanxiang/plans": (
        "ad_day",
        ["day", "campaign_id"],
        "snapshot",
        plans_csv([plan(1), plan(2), plan(1, "2026-11-03"), {"日期": "合计", "花费": "300"}]),
    ),
    "sycm/products": (
        "product_day",
        ["day", "product_id"],
        "snapshot",
        products_xls([product(1), product(2), product(1, "2026-11-03"), product(2, "2026-11-03")]),
    ),
    "uci/orders": (
        "order_lines",
        ["order_id"],
        "upsert",
        csv_bytes(
            [
                UCI,
                ["536365", "85123A", "HOLDER", "6", "2010-12-01 08:26", "2.55", "17850", "United Kingdom"],
                ["536365", "71053", "LANTERN", "6", "2010-12-01 08:26", "3.39", "17850", "United Kingdom"],
                ["C536379", "D", "Discount", "-1", "2010-12-01 09:41", "27.5", "", "United Kingdom"],
            ],
            "utf-8",
        ),
    ),
    "wangdiantong/stock": (
        "stock",
        ["day", "sku"],
        "snapshot",
        csv_bytes(table(STOCK, [{"商家编码": f"QH-{n}", "货品名称": "茶杯", "可用库存": "7"} for n in range(3)])),
    ),
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("known", KNOWN)
def test_the_draft_of_a_known_export_feeds_the_same_table(known: str) -> None:
    feeds, key, mode, content = KNOWN[known]
    with house(known) as settings:
        draft = learnt(settings, drop(settings, "qinghe/a.xls", content))
        assert (draft.contract.table, list(draft.contract.key), draft.contract.mode) == (feeds, key, mode)
        read, loaded, quarantined, skipped = loads_by(settings, draft)
        assert (loaded + skipped, quarantined) == (read, 0)
        assert draft.seen.rows == {"read": read, "good": loaded, "quarantined": 0, "skipped": skipped}


XIAOPU = [
    line.split("|")
    for line in """小铺交易明细
导出人：13900001111
流水号|下单日|买家号|收件人|收件电话|寄往|品名|规格|数量|实付|交易状态|折扣率|卖家备注|跟进
XP-1|2026-11-09|tea_lover|沈青|139****0001|云南省昆明市翠湖路1号|盖碗|白瓷小|1|￥89.00|已签收|5%||李雷
XP-2|2026-11-09|leaf88|陆白|13900000002|成都市春熙路2号|公道杯|青瓷|2|￥1,080.00|待发货|0%|急|韩梅
XP-3|2026-11-10|tea_lover|沈青|13900000001|云南省昆明市翠湖路1号|茶则|原木|1|￥19.90|已关闭|0%||李雷
合计||||||||4|￥1,188.90||||""".splitlines()
]
PEOPLE = ("沈青", "陆白", "0001", "00002", "翠湖", "春熙", "tea_lover", "leaf88", "急", "李雷", "韩梅", "13900001111")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("container", ["csv", "xlsx"])
def test_a_file_that_nobody_knows(container: str) -> None:
    width = len(XIAOPU[2])
    content = (
        csv_bytes(XIAOPU) if container == "csv" else xlsx_bytes([row + [""] * (width - len(row)) for row in XIAOPU])
    )
    with house() as settings:
        draft = learnt(settings, drop(settings, f"qinghe/小铺_20261110093000.{container}", content), "dianpu_orders")
        contract = draft.contract
        types = {column.headers[0]: (name, column.type) for name, column in contract.columns.items()}
        assert types["下单日"] == ("ordered_at", "timestamp")
        assert types["买家号"] == ("buyer", "pseudonym")
        assert types["实付"] == ("paid", "money")
        assert types["数量"] == ("quantity", "count")
        assert types["流水号"] == ("column_1", "id")
        assert types["折扣率"][1] == "ratio"
        status = contract.columns[types["交易状态"][0]]
        assert (status.type, set(status.values)) == ("category", {"已签收", "待发货", "已关闭"})
        assert {"收件人", "收件电话", "寄往", "卖家备注", "跟进"} == set(contract.drop)
        assert (contract.table, contract.key, contract.day) == ("orders", ("column_1",), ("ordered_at",))
        assert contract.skip == {"流水号": ("合计",)}
        assert contract.version.name
        assert "# TODO" in draft.text
        assert not [secret for secret in PEOPLE if secret in draft.text]
        assert loads_by(settings, draft) == (4, 3, 0, 1)


@pytest.mark.slow
def test_a_draft_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with house() as settings:
        monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
        monkeypatch.setenv("SHOPWATCH_INCLUDE", str(settings.include))
        path = str(drop(settings, "qinghe/小铺.csv", csv_bytes(XIAOPU), modified="2026-11-30T01:00:00"))
        shown = CLI.invoke(app, ["learn", path, "--name", "dianpu_orders"])
        assert shown.exit_code == 0
        assert not (settings.include / "sources" / "dianpu").exists()
        written = settings.include / "sources" / "dianpu" / "orders.yaml"
        first = CLI.invoke(app, ["learn", path, "--name", "dianpu_orders", "--write"])
        assert (first.exit_code, written.read_text("utf-8")) == (0, shown.stdout)
        assert CLI.invoke(app, ["inspect", path]).exit_code == 0
        again = CLI.invoke(app, ["learn", path, "--name", "dianpu_orders", "--write"])
        assert again.exit_code == 1
        assert "dianpu_orders reads this file already" in again.stderr
        other = drop(settings, "qinghe/b.csv", csv_bytes([["甲", "乙"], ["1", "2"]]))
        clash = CLI.invoke(app, ["learn", str(other), "--name", "dianpu_orders", "--write"])
        assert (clash.exit_code, written.read_text("utf-8")) == (1, shown.stdout)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (orders_csv([order(1)]), "tmall_orders reads this file already"),
        (b"1,2\n3,4\n", "no line of the first 30 looks like headers"),
        ("沈青,13900000001,盖碗,白色\n陆白,13900000002,茶则,青色\n".encode(), "seems to contain personal data"),
        ("沈青青,盖碗,很好\n陆白白,茶则,不错\n".encode(), "seems to contain personal data"),
        ("姓名,电话\n沈青,1\n".encode(), "too few headers are unique and free of personal data"),
        (b"", "no line"),
    ],
    ids=["known", "numbers", "phones for headers", "names for headers", "only people", "empty"],
)
def test_of_some_files_no_contract_can_be_made(content: bytes, why: str) -> None:
    with house() as settings, pytest.raises(RejectedError, match=why):
        learnt(settings, drop(settings, "qinghe/a.csv", content))


def test_ids_that_excel_has_destroyed_stay_ids() -> None:
    with house() as settings:
        rows = [["交易单号", "金额"], ["6.9E+18", "1"], ["6917926768823643752", "2"]]
        draft = learnt(settings, drop(settings, "qinghe/a.csv", csv_bytes(rows)))
        assert "Excel has destroyed ids here" in draft.text
        assert loads_by(settings, draft) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("dates", "date_order"),
    [(["13/01/2026", "02/03/2026"], "day_first"), (["01/13/2026", "02/03/2026"], "month_first")],
)
def test_the_order_of_day_and_month_is_reported_by_the_dates(dates: list[str], date_order: str) -> None:
    with house() as settings:
        path = drop(settings, "qinghe/a.csv", csv_bytes([["Sold on", "Amount"], *([day, "5.00"] for day in dates)]))
        draft = learnt(settings, path)
        assert (draft.contract.date_order, draft.contract.day) == (date_order, ("sold_on",))
        assert "TODO or month_first" not in draft.text


def test_no_drafted_column_is_called_like_a_step_of_another() -> None:
    with house() as settings:
        lines = [["Order ID", "Amount", "Amount sure"], ["a1", "5.00", "6.00"], ["a2", "5.50", "7.25"]]
        rows = learnt(settings, drop(settings, "qinghe/a.csv", csv_bytes(lines))).seen.first_rows
        assert [str(row["amount"]) for row in rows] == ["5.00", "5.50"]
        assert [str(value) for row in rows for value in row.values() if str(value) in ("6.00", "7.25")] == [
            "6.00",
            "7.25",
        ]


REFUSALS = re.compile("seems to contain personal data|too few headers are unique and free of personal data")
# What a platform could write of each type, and the empty cells among it.
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2098, 1, 1))
LATER = datetime(2098, 12, 31).timestamp()
WORDS = st.text(alphabet="茶杯青瓷abc XYZ019-:,\"'=。、/#%\n", max_size=12)
CELLS: dict[str, st.SearchStrategy[str]] = {
    "id": st.from_regex(r"[A-Z0-9]{1,4}-?[0-9]{1,20}", fullmatch=True),
    "long id": st.integers(10**15, 10**19 - 1).map(str),
    "money": st.decimals(-(10**6), 10**9, places=2).map(lambda value: f"{value:,}"),
    "dressed money": st.decimals(0, 10**6, places=2).map(lambda value: f"¥{value}"),
    "price": st.decimals(0, 10**4, places=4).map(str),
    "count": st.integers(-(10**6), 10**12).map(lambda value: f"{value:,}"),
    "ratio": st.decimals(0, 100, places=2).map(lambda value: f"{value}%"),
    "day": MOMENTS.map(lambda moment: moment.strftime("%Y-%m-%d")),
    "compact day": MOMENTS.map(lambda moment: moment.strftime("%Y%m%d")),
    "timestamp": MOMENTS.map(lambda moment: moment.strftime("%Y/%m/%d %H:%M:%S")),
    "text": WORDS,
    "category": st.sampled_from(["已付", "未付", "NO", "yes", "null", "~", "1"]),
}
TITLES = st.one_of(
    st.sampled_from(
        [
            "订单编号",
            "支付状态",
            "金额",
            "日期",
            "买家",
            "备注",
            "数量",
            "Order ID",
            "Status",
            "Day",
            "line",
            "a cell",
        ]
    ),
    st.text(alphabet="甲乙丙丁abcXYZ _(:#'\"{}[],&*!|>%@`", min_size=1, max_size=10),
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=2, max_size=6))
    # a header has a letter, as no value of these types need have, and stands once
    titles = draw(st.lists(TITLES, min_size=len(kinds), max_size=len(kinds), unique=True))
    headers = [f"列{title}" if not title.isascii() or len(title) < 3 else title for title in titles]
    some = [st.one_of(CELLS[kind], CELLS[kind], CELLS[kind], st.sampled_from(["", "-"])) for kind in kinds]
    rows = draw(st.lists(st.tuples(*some).map(list), min_size=1, max_size=8))
    return [headers, *rows]


@pytest.mark.slow
@given(lines=tables())
@example(lines=[["订单编号", "支付状态"], ["a1", "0"], ["a2", "=\n0"]])
@example(lines=[["订单编号", "支付状态"], ["a1", "0.00%"], ["a1", "0.00%"]])
@example(lines=[["Order ID", "Sold: on"], ["a1", "45962.5"], ["a2", "20000"]])
@example(lines=[["Amount", "Order ID"], ["已付", "已付"]])
@example(lines=[["订单编号", "列日期", "列金额"], ["已付", "20010101", "已付"], ["已付", "", "已付"]])
@hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_drafted_is_what_the_load_reads(lines: list[list[str]]) -> None:
    """By the counts of inspect, which test_inspect holds to those of the load; rows without a day are announced."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.csv"
        path.write_text(text.getvalue(), "utf-8", newline="")
        os.utime(path, (LATER, LATER))
        try:
            draft = learn(Settings(home=Path(folder)), CONTRACTS, path)
        except RejectedError as why:
            if not REFUSALS.search(str(why)):
                raise
            return
    announced = re.search(r"(\d+) of \d+ rows have none and would go to quarantine", draft.text)
    quarantined = int(announced[1]) if announced else 0
    rows = draft.seen.rows
    assert (rows["quarantined"], rows["good"] + rows["skipped"]) == (quarantined, rows["read"] - quarantined)


def test_the_cookbook_lists_every_key_of_a_contract() -> None:
    """The keys of its table's first column, beside what the load itself fills in."""
    text = (PROJECT / "docs" / "cookbooks" / "add-an-export.md").read_text("utf-8")
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    listed = set(re.findall(r"`([a-z_]+)`", " ".join(first)))
    keys = {field.alias or name for model in (Contract, Column) for name, field in model.model_fields.items()}
    assert keys - {"hash", "folder", "is_own", "optional"} <= listed


def test_columns_are_typed_by_header_and_values_together(tmp_path: Path) -> None:
    """A range of ages is no score, what was spent is money, codes and places are texts, an address of a device goes."""
    heads = [
        "Order ID",
        "Order Date",
        "Age",
        "Review Score",
        "Amount Spent",
        "Currency",
        "Country/Region",
        "City",
        "State/Province",
        "browser_ip",
        "买家付款时间",
    ]
    rows = [
        [f"A{n}", f"2026-11-0{n}", f"{n}0-{n}4", f"{n}.5", f"{n}.00", "USD", "US", "Reno", "NV", f"81.2.69.{n}", paid]
        for n in range(1, 5)
        for paid in [f"2026-11-0{n} 09:00:00"]
    ]
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_bytes([heads, *rows], "utf-8"))
    contract = learnt(Settings(home=tmp_path), path).contract
    types = {name: column.type for name, column in contract.columns.items()}
    assert (types["age"], types["review_score"], types["spend"]) == ("text", "score", "money")
    assert (types["region"], types["city"], types["province"]) == ("text", "text", "text")
    assert contract.drop == ("browser_ip",)
    assert "timestamp" in {column.type for column in contract.columns.values() if "买家付款时间" in column.headers}


def test_conversions_are_counted_and_their_value_is_money(tmp_path: Path) -> None:
    """Total_Conversion of the public ad data set (KAG_conversion_data) counts enquiries, Approved_Conversion sales."""
    heads = ["ad_id", "Impressions", "Clicks", "Spent", "Total_Conversion", "Approved_Conversion"]
    heads += ["Total Conversion Value", "Order Total", "Total"]
    rows = [[f"70874{n}", f"73{n}0", str(n), f"{n}.43", str(n + 1), str(n), "120", "80", "90"] for n in range(1, 5)]
    path = tmp_path / "ads.csv"
    path.write_bytes(csv_bytes([heads, *rows], "utf-8"))
    types = {
        column.headers[0]: column.type for column in learnt(Settings(home=tmp_path), path).contract.columns.values()
    }
    assert [types[head] for head in heads[3:]] == ["money", "count", "count", "money", "money", "money"]


SHORT: dict[str, tuple[list[str], list[Row], str]] = {
    "jd_orders": (JD, [jd_line("1"), jd_line("2")], "订单号,下单时间,商品名称,订购数量,结算金额,付款确认时间"),
    "doudian_orders": (
        DOUDIAN,
        [doudian_line("1", "1"), doudian_line("2", "2")],
        "主订单编号,子订单编号,选购商品,商品数量,订单应付金额,订单提交时间",
    ),
    "shopify_orders": (
        SHOPIFY,
        [line for name in ("#1", "#2") for line in shopify_order(name, ("A", "1", "120.00"))],
        "Name,Created at,Paid at,Lineitem quantity,Lineitem name,Total",
    ),
    "amazon_orders": (
        AMAZON,
        [amazon_item("1"), amazon_item("2")],
        "amazon-order-id,purchase-date,product-name,sku,quantity,item-price",
    ),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("export", SHORT)
def test_a_contract_learned_from_a_short_list_leaves_full_lists_to_theirs(export: str, tmp_path: Path) -> None:
    titles, rows, kept = SHORT[export]
    short, full = tmp_path / "short.csv", tmp_path / "full.csv"
    short.write_bytes(csv_bytes(table(kept.split(","), rows), "utf-8"))
    full.write_bytes(csv_bytes(table(titles, rows), "utf-8"))
    contracts = load_contracts(PROJECT / "include")
    draft = learn(Settings(home=tmp_path), contracts, short, "short_orders").contract
    assert (draft.table, "ordered_at" in draft.columns) == (contracts[export].table, True)
    both = {**contracts, draft.export: draft}
    assert [detect_contract(path, both).contract.export for path in (short, full)] == ["short_orders", export]
