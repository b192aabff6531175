from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from demo import write_demo
from files import (
    STOCK,
    SYCM,
    SYCM_PREAMBLE,
    TMALL,
    UCI,
    WANXIANG,
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
from shopwatch.catalog.contracts import load_contracts
from shopwatch.catalog.shops import load_shops
from shopwatch.cli.main import app
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.preview.inspect import HIDDEN, Inspection, inspect

CLI = CliRunner()
LINE = ["536365", "85123A", "T-LIGHT HOLDER", "6", "2010-12-01 08:26", "2.55", "17850", "United Kingdom"]
FIXTURES: dict[str, Callable[[], bytes]] = {
    "qinghe/orders.csv": lambda: orders_csv([order(1), order(2)]),
    "qinghe/ExportOrderList202611030100.csv": lambda: orders_csv(
        [order(1), order(2, 订单状态="不明"), order(3, 订单编号="4.8E+18"), order(4, 订单创建时间="昨天")], "utf-8-sig"
    ),
    "qinghe/no-orders.csv": lambda: orders_csv([]),
    "qinghe/without-times.csv": lambda: orders_csv([order(1, 订单创建时间="-", **{"订单付款时间 ": "-"})]),
    "qinghe/plans.csv": lambda: (
        plans_csv([plan(1), plan(2, 花费="n/a"), {"日期": "合计", "花费": "200"}, plan(3, day="2026-11-05")])
        + b"1,2,3\r\n\r\n"
    ),
    "qinghe/checked.csv": lambda: plans_csv(
        [*map(plan, range(20)), plan(5), plan(30, 花费="-1"), plan(31, 点击量="9999"), plan(32, 花费="n/a")]
    ),
    "qinghe/plans20261103010000.csv": lambda: csv_bytes(table(WANXIANG, [plan(1)]), "utf-16", delimiter="\t"),
    "mumian/products.xls": lambda: products_xls([product(1), product(2, 统计日期="2026-11-01~2026-11-07")]),
    "mumian/products.xlsx": lambda: xlsx_bytes([*SYCM_PREAMBLE, *table(SYCM, [product(1)])]),
    "qinghe/stock20261104055959.csv": lambda: csv_bytes(table(STOCK, [{"商家编码": "QH-1", "可用库存": "7"}])),
    "retail.csv": lambda: csv_bytes([UCI, LINE], "utf-8"),
    "online_retail/retail.csv": lambda: csv_bytes([UCI, LINE, [*LINE[:3], "many", *LINE[4:]]], "utf-8"),
    "qinghe/unknown.csv": lambda: csv_bytes([["a", "b"], ["1", "2"]]),
    "qinghe/short.csv": lambda: csv_bytes(table([h for h in TMALL if h != "退款金额"], [order(1)])),
    "qinghe/page.xlsx": lambda: b"PK\x03\x04 no workbook",
    "qinghe/report.pdf": lambda: b"%PDF-1.7",
    "qinghe/page.xls": lambda: b"<html><body><table><tr><td>a</td></tr></table></body></html>",
    "qinghe/torn.xls": lambda: products_xls([product(1)])[:3000],
    "nobody/orders.csv": lambda: orders_csv([order(1)]),
    "orders.csv": lambda: orders_csv([order(1)]),
}
TOO_BROKEN = orders_csv([order(1, 退款金额="x"), order(2)])
ORDERS = orders_csv([order(1, 退款金额="x"), *map(order, range(2, 9))])
LEDGER = """
    select state, shop, reason, source, rows_read, rows_loaded, rows_quarantined, rows_skipped, first_day, last_day,
        exported_at, version_rule
    from loads
"""


def look(settings: Settings, path: Path, shop: str | None = None, *, checks: bool = False) -> Inspection:
    return inspect(settings, load_contracts(settings.include), load_shops(settings), path, shop, checks=checks)


def agrees_with_the_load(settings: Settings, path: Path) -> Inspection:
    seen = look(settings, path, checks=True)
    load_all(settings)
    check_and_settle(settings, quietly=True)
    ((state, shop, reason, source, *counts, exported_at, rule),) = ask(settings, LEDGER)
    if state == "rejected":
        assert (seen.verdict, seen.reason) == ("rejected", reason)
        return seen
    assert (seen.shop, seen.export) == (shop, source)
    assert (seen.exported_at, seen.version_rule) == (exported_at, rule)
    assert [*seen.rows.values(), seen.days["first"], seen.days["last"]] == counts
    assert seen.verdict == ("fails" if state == "failed" else "quarantine" if counts[2] else "loads")
    failed = dict(ask(settings, "select check_name, failed from checks"))
    assert {tried.check: tried.failed for tried in seen.checks if tried.failed} == failed
    assert len(seen.problems) == min(counts[2], 20)
    assert [problem.line for problem in seen.problems] == [
        line for (line,) in ask(settings, "select line from quarantine order by line limit 20")
    ]
    return seen


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if place % 8 else []) for place, name in enumerate(FIXTURES)],
)
def test_it_says_what_the_load_then_does(settings: Settings, name: str) -> None:
    agrees_with_the_load(settings, drop(settings, name, FIXTURES[name]()))


def test_the_checks_that_a_file_fails_are_reported_with_their_lines(settings: Settings) -> None:
    path = drop(settings, "qinghe/checked.csv", FIXTURES["qinghe/checked.csv"]())
    seen = look(settings, path, checks=True)
    assert {tried.check: (tried.level, tried.failed) for tried in seen.checks} == {
        "not_null(day)": ("fail", 0),
        "not_null(campaign_id)": ("fail", 0),
        "not_null(subject_id)": ("fail", 0),
        "unique(day, campaign_id, subject_id)": ("fail", 2),
        "between(spend, 0..)": ("fail", 1),
        "between(ad_revenue, 0..)": ("fail", 0),
        "at_most_column(clicks, impressions)": ("warn", 1),
    }
    assert [(problem.line, problem.header) for problem in seen.problems] == [
        (7, None),
        (22, None),
        (23, "花费"),
        (25, "花费"),
    ]
    assert seen.problems[2].reason == "花费 should be 0 or more: verify it at the source"
    assert (seen.verdict, seen.rows) == ("quarantine", {"read": 24, "good": 20, "quarantined": 4, "skipped": 0})


@pytest.mark.slow
def test_it_says_what_the_load_does_of_each_kind_of_the_demo_shop(settings: Settings) -> None:
    written = write_demo(settings.inbox)
    kinds = {path.suffix + path.name[:4]: path for path in written}.values()
    for path in set(written) - set(kinds):
        path.unlink()
    seen = {path.name: look(settings, path) for path in kinds}
    load_all(settings)
    for state, *counts, file in ask(
        settings, "select state, rows_read, rows_loaded, rows_quarantined, rows_skipped, file from loads"
    ):
        said = seen.pop(file)
        assert (said.verdict == "rejected", list(said.rows.values()) or [0] * 4) == (state == "rejected", counts)
    assert not seen


@pytest.mark.slow
def test_it_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(orders_csv([order(1)]))
    assert look(settings, path).verdict == "loads"
    assert list(tmp_path.iterdir()) == [path]


def test_the_contract_is_reported_by_headers_and_their_places(settings: Settings) -> None:
    seen = look(settings, drop(settings, "mumian/a.xls", products_xls([product(1)])))
    assert (seen.container, seen.header_line, seen.preamble) == (
        "xls",
        5,
        ["生意参谋", "店铺：青禾", "统计时间：2026-11-02", ""],
    )
    assert seen.because == {"统计日期": 1, "商品ID": 2, "商品访客数": 6, "支付买家数": 10}
    assert [(c.column, c.header, c.type, c.place) for c in seen.columns][:2] == [
        ("stat_date", "统计日期", "day", 1),
        ("product_id", "商品ID", "id", 2),
    ]
    assert seen.first_rows[0]["visitors"] == 1200


def test_a_refused_file_is_reported_what_it_lacks(settings: Settings) -> None:
    headers = ["日期", "计划ID", "计划名", "花费", "总成交额"]
    seen = look(settings, drop(settings, "qinghe/a.csv", csv_bytes([["标题"], headers], "utf-8")))
    assert seen.verdict == "rejected"
    near = seen.near[0]
    assert (near.export, near.line) == ("wanxiang_plans", 2)
    assert near.missing == {"计划名字": "计划名", "总成交金额": "总成交额"}


def test_a_column_that_is_needed_is_reported_with_the_closest_header(settings: Settings) -> None:
    headers = ["退款金额总计" if header == "退款金额" else header for header in TMALL]
    seen = look(settings, drop(settings, "qinghe/a.csv", csv_bytes([headers])))
    assert seen.near[0].missing == {"退款金额": "退款金额总计"}


PEOPLE = {
    "收货人姓名": "沈青青",
    "联系手机": "'19900001111",
    "买家会员名": "tea_lover_77",
    "收货地址 ": "云南省昆明市翠湖路7号",
}
UNMAPPED = {"分机": "0871-66668888", "其他": "陆小白", "宝贝标题 ": "马上联系 shen@example.com"}


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_a_persons_cells_are_never_shown(settings: Settings, monkeypatch: pytest.MonkeyPatch, how: list[str]) -> None:
    headers = [*TMALL, "分机", "其他"]
    many = []
    for number, name in enumerate(("陆小白", "沈一石", "周青"), start=1):
        many.append(order(number, **{**PEOPLE, **UNMAPPED, "其他": name}))
    many.append(order(4, **{**PEOPLE, "买家实际支付金额": "+86 19900002222"}))
    many.append(order(5, **{**PEOPLE, "退款金额": "欧阳锋"}))
    many.append(order(6, **{**PEOPLE, "订单关闭原因": "电话 a@example.com"}))
    path = drop(settings, "qinghe/orders.csv", csv_bytes(table(headers, many), "utf-8"))
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    result = CLI.invoke(app, ["inspect", str(path), *how])
    assert result.exit_code == 1, result.output
    for secret in (*PEOPLE.values(), *UNMAPPED.values(), "沈一石", "周青", "19900002222", "欧阳锋"):
        assert secret.lstrip("'") not in result.output
    assert HIDDEN in result.output
    for header in ("收货人姓名", "分机", "其他"):
        assert header in result.output


def test_mapped_texts_that_look_like_a_persons_are_flagged_and_hidden(settings: Settings) -> None:
    rows = [plan(n, 计划名字=f"1390000111{n}") for n in range(3)]
    seen = look(settings, drop(settings, "qinghe/a.csv", plans_csv(rows)))
    assert seen.suspected == {"计划名字": "values look like: phone"}
    assert "campaign_name" not in seen.first_rows[0]
    assert "spend" in seen.first_rows[0]


@pytest.mark.slow
@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("content", "code"),
    [(orders_csv([order(1)]), 0), (b"a,b\n1,2\n", 1), (TOO_BROKEN, 1), (ORDERS, 2)],
    ids=["loads", "rejected", "too broken", "quarantine"],
)
def test_the_exit_code_tells_what_becomes_of_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, content: bytes, code: int
) -> None:
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    path = drop(settings, "qinghe/a.csv", content)
    assert CLI.invoke(app, ["inspect", str(path)]).exit_code == code
    result = CLI.invoke(app, ["inspect", str(path), "--json"])
    assert result.exit_code == code
    said = json.loads(result.output)
    assert said == json.loads(json.dumps(asdict(look(settings, path, checks=True)), default=str))


def test_a_file_that_is_not_there_is_no_usage_fault(tmp_path: Path) -> None:
    result = CLI.invoke(app, ["inspect", str(tmp_path / "none.csv")])
    assert result.exit_code == 1
    assert "none.csv" in result.output


@pytest.mark.slow
def test_whose_it_is_may_be_said(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(orders_csv([order(1)]))
    assert (look(settings, path).verdict, look(settings, path).shop) == ("loads", None)
    assert look(settings, path, "mumian").shop == "mumian"
    assert "no shop is called nobody" in str(look(settings, path, "nobody").reason)


@pytest.mark.slow
def test_the_first_twenty_problems_are_listed_and_all_are_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPWATCH_HOME", str(settings.home))
    path = drop(settings, "qinghe/plans.csv", plans_csv([plan(n, 花费="n/a") for n in range(25)]))
    seen = look(settings, path)
    assert [problem.line for problem in seen.problems] == list(range(2, 22))
    assert (seen.verdict, seen.reason) == ("fails", look(settings, path, checks=True).reason)
    assert (seen.problems[0].header, seen.problems[0].value) == ("花费", "n/a")
    assert "the first 20 of 25" in CLI.invoke(app, ["inspect", str(path)]).output
