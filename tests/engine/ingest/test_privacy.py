"""Only originals identify a person: a night over every way in which an order file goes wrong."""

from __future__ import annotations

import io
import logging
import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import yaml

from files import TMALL, ask, csv_bytes, drop, load_all, order, orders_csv, table, xls_bytes, xlsx_bytes
from night_tools import texts_in
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.pipeline import build_models
from shopwatch.review.page import write_review
from warehouses import judge_and_tell

NIGHT = date(2026, 11, 8)
PERSONAL = (
    "买家会员名",
    "买家支付宝账号",
    "支付单号",
    "支付详情",
    "买家留言",
    "收货人姓名",
    "收货地址 ",
    "联系电话 ",
    "联系手机",
)
PARTS = ("茶客", "沈青", "翠湖路", "0871-6555", "1990000", "buyer0", "20261101220", "送给", "花呗")
"""What every personal cell of the fixtures has in it, and nothing else in them."""


def person(number: int, **cells: str) -> dict[str, str]:
    """An order with a message, a landline and everything else that names its buyer."""
    told = {
        "买家留言": f"送给妈妈{number:04d}",
        "联系电话 ": f"'0871-6555{number:04d}",
        "支付详情": f"花呗{number:04d}",
    }
    return order(number, **{**told, **cells})


def lines(*people: dict[str, str], end: str = "\r\n") -> list[bytes]:
    """The header line and a line a person, in GBK."""
    return csv_bytes(table(TMALL, people), end=end).splitlines(keepends=True)


def gbk(text: str) -> bytes:
    return text.encode("gbk")


def shifted_right(line: bytes, address: str) -> bytes:
    """A comma in the address that nobody quoted, and the last cell lost: as many cells as headers."""
    return line.replace(gbk(address), gbk(address.replace(" ", ",", 1))).rstrip(b"\r\n").rpartition(b",")[0] + b"\r\n"


def shifted_left(line: bytes, name: str) -> bytes:
    """The cell of the name lost, and an empty one too many at the end."""
    return line.replace(gbk(f"{name},"), b"").rstrip(b"\r\n") + b",\r\n"


def nasty() -> dict[str, bytes]:
    """File -> content. All of them go wrong, in part or whole."""
    broken = [
        person(1),
        person(2, 买家实际支付金额="免费"),
        person(3, 订单编号="4.8E+18"),
        person(4, 订单创建时间="昨天"),
        person(5, 订单状态="不明"),
        person(6, 宝贝总数量="一个"),
        person(7, 订单创建时间="-"),
        person(8, 买家实际支付金额="-5.00"),
        person(9, **{"订单付款时间 ": "2026-11-01 00:00:00"}),
        *(person(number) for number in range(10, 60)),
    ]
    people = [person(number) for number in range(100, 112)]
    unmarked = [
        person(500, 订单状态="沈青0500"),
        person(501, 宝贝总数量="沈青0501"),
        person(502, 订单创建时间="沈青0502"),
        person(503, 订单编号="沈青0503"),
        person(504, 订单编号="19900000504@qq.com"),
        *(person(number) for number in range(510, 550)),
    ]
    head, *rows = lines(*people)
    right = [shifted_right(row, one["收货地址 "]) for row, one in zip(rows, people, strict=True)]
    left = [shifted_left(row, one["收货人姓名"]) for row, one in zip(rows, people, strict=True)]
    misplaced = [
        person(120, 订单创建时间="19900000120"),
        person(121, 买家实际支付金额="buyer0121@example.com"),
        person(122, 宝贝总数量="0871-65550122"),
        person(123, 订单编号="4.8E+18", 订单创建时间="沈青0123"),
        person(124, 买家实际支付金额="沈青0124", 宝贝总数量="翠湖路0124号"),
    ]
    body = b"".join(rows)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("orders.csv", head + body)
    sheet = table(TMALL, [person(200), person(201, 买家实际支付金额="免费"), person(202, 订单创建时间="昨天")])
    contact = gbk("联系人：沈青0300 19900000300 翠湖路0300号\r\n")
    return {
        "qinghe/broken202611070100.csv": orders_csv(broken),
        "qinghe/unmarked202611070800.csv": orders_csv(unmarked),
        "qinghe/twice202611070200.csv": orders_csv([person(60), person(60), *map(person, range(61, 110))]),
        "qinghe/check202611070210.csv": orders_csv(
            [person(110, 买家实际支付金额="-5.00"), *map(person, range(111, 160))]
        ),
        "qinghe/mostly202611070300.csv": orders_csv([person(1), *(person(n, 买家应付货款="x") for n in range(2, 9))]),
        "qinghe/right202611070400.csv": b"".join([head, *right]),
        "qinghe/left202611070500.csv": b"".join([head, *left]),
        "qinghe/misplaced202611070600.csv": orders_csv(misplaced),
        "qinghe/wide.csv": b"".join([head, *(row.rstrip() + gbk(",沈青0400,19900000400\r\n") for row in rows)]),
        "qinghe/narrow.csv": b"".join([head, *(b",".join(row.split(b",")[:14]) + b"\r\n" for row in rows)]),
        "qinghe/unclosed.csv": b"".join([head, rows[0].replace(gbk("云南省"), gbk('"云南省')), *rows[1:]]),
        "qinghe/inner.csv": b"".join([head, rows[0].replace(gbk("翠湖路"), gbk('"翠"湖路')), *rows[1:]]),
        "qinghe/open.csv": b"".join([head, *rows[:-1], rows[-1].replace(gbk("送给"), gbk('"送给'))]),
        "qinghe/ends.csv": head + b"".join(rows[:6]) + b"".join(lines(*people[6:], end="\n")[1:]) + gbk('沈青,"0500'),
        "qinghe/nul.csv": head + rows[0] + rows[1].replace(gbk("沈青"), b"\0" + gbk("沈青")) + rows[2],
        "qinghe/long.csv": head + rows[0] + rows[1].replace(gbk("翠湖路"), gbk("翠湖路") * 400_000) + rows[2],
        "qinghe/half.csv": head + body + gbk("沈青0600")[:-1] + b"\xff\xff",
        "qinghe/headless.csv": body,
        "qinghe/contact.csv": contact + gbk("茶客0300\r\n") + head.replace(gbk("订单状态"), gbk("状态")) + body,
        "qinghe/preamble202611070700.csv": contact + head + body,
        "qinghe/renamed.csv": head.replace(gbk("买家会员名"), gbk("买家名")) + body,
        "qinghe/utf16.csv": (head + body).decode("gbk").replace(",", "\t").encode("utf-16"),
        "qinghe/orders.xls": xls_bytes(sheet),
        "qinghe/orders.xlsx": xlsx_bytes(sheet),
        "qinghe/headless.xlsx": xlsx_bytes(sheet[1:]),
        "qinghe/torn.xls": xls_bytes(sheet)[:-700],
        "qinghe/orders.zip": archive.getvalue(),
        "nobody/orders.csv": head + body,
        "orders.csv": head + body,
    }


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str]:
    """One night over it all, and what was logged."""
    folder = tmp_path_factory.mktemp("nasty")
    include = Path(shutil.copytree(PROJECT / "include", folder / "include"))
    routes = include / "rules" / "routes.yaml"
    teams = yaml.safe_load(routes.read_text("utf-8"))
    chinese = {"team": "数据", "owners": [], "data": True, "language": "zh", "to": ["shuju@example.com"]}
    routes.write_text(yaml.safe_dump([*teams, chinese], allow_unicode=True), "utf-8")
    settings = Settings(home=folder / "home", include=include, settle_seconds=0)
    for name, content in nasty().items():
        drop(settings, name, content, "2026-11-07T08:00:00")
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        loaded = load_all(settings)
        print(loaded, check_and_settle(settings), file=log)
        build_models(settings)
        judge_and_tell(settings, NIGHT)
        write_review(settings.published, Catalog(settings), settings.reports)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return settings, log.getvalue()


def found_in(content: bytes) -> set[str]:
    """Which personal parts stand in some bytes, in any encoding that a file here may have."""
    forms = {part: {part.encode(code) for code in ("utf-8", "gbk", "utf-16-le", "unicode_escape")} for part in PARTS}
    return {part for part, written in forms.items() if any(form in content for form in written)}


def files_of(settings: Settings) -> Iterator[Path]:
    originals = {settings.archive, settings.rejected, settings.inbox}
    for path in sorted(settings.home.rglob("*")):
        if path.is_file() and (not originals & set(path.parents) or path.name.endswith(".reason.txt")):
            yield path


def test_the_cases_go_wrong_in_all_the_ways_there_are(night: tuple[Settings, str]) -> None:
    settings, _ = night
    assert found_in(b"".join(nasty().values())) == set(PARTS), "the search finds nothing at all"
    states = dict(ask(settings, "select state, count(*) from loads group by state"))
    assert states.keys() == {"settled", "failed", "rejected"}
    codes = {code for (code,) in ask(settings, "select distinct reason_code from quarantine")}
    assert codes >= {"ragged", "unreadable_money", "unreadable_timestamp", "unreadable_id", "unreadable_category"}
    assert {code for code in codes if code.startswith("check_")} >= {"check_not_null", "check_at_least", "check_unique"}
    assert ask(settings, "select count(*) from orders") > [(40,)]


def test_no_file_holds_a_person_but_the_originals(night: tuple[Settings, str]) -> None:
    settings, _ = night
    files = list(files_of(settings))
    assert {path.suffix for path in files} >= {".duckdb", ".eml", ".html", ".json", ".sqlite", ".txt", ".key"}
    assert {str(path): found for path in files if (found := found_in(path.read_bytes()))} == {}


@pytest.mark.parametrize("name", ["raw_warehouse", "shop_warehouse", "published"])
def test_no_cell_of_a_warehouse_holds_a_person(name: str, night: tuple[Settings, str]) -> None:
    texts = list(texts_in(getattr(night[0], name)))
    assert len(texts) > 100
    assert [text for text in texts if found_in(text.encode())] == []


def test_no_mail_holds_a_person(night: tuple[Settings, str]) -> None:
    settings, _ = night
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in settings.outbox.glob("*.eml")]
    with closing(sqlite3.connect(settings.home / "store.sqlite")) as store:
        mails += [
            message_from_bytes(content, policy=policy.default)
            for (content,) in store.execute("select content from outbox")
        ]
    bodies = [part.get_content() for mail in mails for part in mail.walk() if part.get_content_maintype() == "text"]
    assert len(bodies) >= 8
    assert [body for body in bodies if found_in(body.encode())] == []


def test_no_log_holds_a_person(night: tuple[Settings, str]) -> None:
    _, log = night
    assert "quarantined" in log
    assert [line for line in log.splitlines() if found_in(line.encode())] == []


def test_the_shape_of_a_cell_can_still_be_seen(night: tuple[Settings, str]) -> None:
    """Not by hiding everything: who has to mend a cell finds it by line, column and shape."""
    values = ask(night[0], "select line, value from quarantine where file = 'broken202611070100.csv' order by line")
    assert values[:5] == [(3, "免费"), (4, "4.8E+18"), (5, "昨天"), (6, "不明"), (7, "一个")]


def test_a_name_in_a_column_of_something_else_is_masked_and_is_no_id(night: tuple[Settings, str]) -> None:
    values = ask(night[0], "select column_name, value from quarantine where file = 'unmarked202611070800.csv'")
    assert set(values) == {
        ("订单状态", "沈*****"),
        ("宝贝总数量", "沈*****"),
        ("订单创建时间", "沈*****"),
        ("订单编号", "沈*****"),
        ("订单编号", "1**********@**.***"),
    }


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("无退款申请", "无退款申请"),
        ("待结算", "待结算"),
        ("Awaiting payment", "Awaiting payment"),
        ("N/A", "N/A"),
        ("王小明", "王**"),
        ("王先生", "王**"),
        ("Jane Smith", "J*** *****"),
        ("翠湖路12号", "翠*****"),
        ("Jane", "J***"),
        ("may", "m**"),
        ("LI", "L*"),
        ("Mary-Ann", "M***-***"),
        ("Refund Jane", "R***** ****"),
        ("小明", "小*"),
        ("买买提", "买**"),
        ("退款给小明", "退****"),
        ("卖家已发货，等待买家确认", "卖家已发货，等待买家确认"),
        ("partially refunded", "partially refunded"),
    ],
)
def test_words_in_place_of_an_amount_are_shown_and_names_are_not(cell: str, shown: str, settings: Settings) -> None:
    drop(settings, "qinghe/orders.csv", orders_csv([person(1), person(2, 退款金额=cell)]))
    load_all(settings)
    assert ask(settings, "select column_name, value from quarantine") == [("退款金额", shown)]


def test_the_number_of_an_identity_card_is_no_order_id(settings: Settings) -> None:
    ids = ["11010119900307851X", "12345678901234567X", "SKU-2026X"]
    drop(settings, "qinghe/orders.csv", orders_csv([person(at, 订单编号=one) for at, one in enumerate(ids)]))
    load_all(settings)
    assert ask(settings, "select column_name, value from quarantine") == [("订单编号", "1" + "*" * 17)]


def test_originals_are_there_for_their_owner_alone(night: tuple[Settings, str]) -> None:
    settings, _ = night
    kept = [path for root in (settings.archive, settings.rejected) for path in root.rglob("*") if path.is_file()]
    dropped = {path.name for path in settings.inbox.rglob("*") if path.is_file()}
    assert {path.name for path in kept if not path.name.endswith(".reason.txt")} == dropped
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert {stat.S_IMODE(path.parent.stat().st_mode) for path in kept} == {0o700}
    assert {path.stat().st_uid for path in kept} == {os.geteuid()}


@pytest.mark.parametrize(
    ("team", "said"),
    [
        (
            "数据",
            [
                "没有叫 nobody 的店铺",
                "店铺文件夹之外",
                "个单元格，表头有",
                "不是金额",
                "买家实际支付金额 不应小于 0",
                "整份未计入",
            ],
        ),
        (
            "Data",
            ["no shop is called nobody", "outside every shop folder", "cells where the header has", "not an amount"],
        ),
    ],
)
def test_the_mail_says_in_the_readers_words_what_became_of_each_file(
    team: str, said: list[str], night: tuple[Settings, str]
) -> None:
    path = night[0].outbox / f"{NIGHT}-{team}.eml"
    body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert [words for words in said if words not in text] == []
