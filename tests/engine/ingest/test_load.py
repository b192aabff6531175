from __future__ import annotations

import hmac
import os
import shutil
import stat
import time
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from files import (
    SHOP,
    STOCK,
    TMALL,
    UCI,
    WANXIANG,
    ask,
    csv_bytes,
    drop,
    dump,
    load_all,
    order,
    order_id,
    orders_csv,
    plan,
    plans_csv,
    product,
    products_xls,
    table,
)
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.load_alone import WORTH_THREADS
from shopwatch.ingest.sources import find_sources

LEDGER = "select file, state, rows_read, rows_loaded, rows_quarantined, rows_skipped from loads order by file"
NAME = "qinghe/ExportOrderList202611030100.csv"


def test_the_counts_of_the_ledger_add_up(settings: Settings) -> None:
    plans = [plan(1), plan(2, 花费="n/a"), {"日期": "合计", "花费": "200"}, plan(3, 日期="昨天")]
    drop(settings, "qinghe/plans.csv", plans_csv(plans) + b"1,2,3\r\n\r\n")
    drop(settings, "qinghe/orders.csv", orders_csv([order(1), order(2, 订单状态="不明")]))
    drop(settings, "mumian/products.xls", products_xls([product(1), product(2)]))
    loaded = load_all(settings)
    assert ask(settings, LEDGER) == [
        ("orders.csv", "incoming", 2, 1, 1, 0),
        ("plans.csv", "incoming", 5, 1, 3, 1),
        ("products.xls", "incoming", 2, 2, 0, 0),
    ]
    assert {name: (one.files, one.rows, one.quarantined) for name, one in loaded.items()} == {
        "wanxiang_plans": (1, 1, 3),
        "tmall_orders": (1, 1, 1),
        "sycm_products": (1, 2, 0),
    }


@pytest.mark.slow
def test_each_row_of_a_file_that_several_threads_read_has_its_line(settings: Settings) -> None:
    content = orders_csv([order(n, **{"宝贝标题 ": "茶杯" * 1500}) for n in range(1, 4000)], encoding="utf-8")
    assert len(content) > 2 * WORTH_THREADS
    drop(settings, NAME, content)
    assert load_all(settings)["tmall_orders"].rows == 3999
    wrong = ask(settings, "select line, order_id from incoming.tmall_orders where line != order_id[-6:]::int + 1")
    assert wrong == []


def test_broken_rows_are_kept_with_place_value_and_reason(settings: Settings) -> None:
    text = csv_bytes(
        table(
            TMALL,
            [
                order(1),
                order(2, 买家实际支付金额="免费"),
                order(3, 订单编号="4.8E+18"),
                order(4, 宝贝标题="两行\n标题", 订单创建时间="2026-13-40 10:00:00"),
                order(5),
            ],
        )
    )
    drop(settings, NAME, text + b"1,2,3\r\n")
    load_all(settings)
    held = ask(settings, "select file, shop, line, column_name, value, reason from quarantine order by line")
    file = Path(NAME).name
    width = len(TMALL)
    assert held == [
        (file, SHOP, 3, "买家实际支付金额", "免费", "unreadable money"),
        (file, SHOP, 4, "订单编号", "4.8E+18", "unreadable id"),
        (file, SHOP, 5, "订单创建时间", "2026-13-40 10:00:00", "unreadable timestamp"),
        (file, SHOP, 7, None, None, f"ragged: 3/{width}"),
    ]
    loaded = ask(settings, "select order_id, line from incoming.tmall_orders order by line")
    assert loaded == [(order_id(1), 2), (order_id(5), 6)]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("again", ["qinghe/ExportOrderList202611030100.csv", "qinghe/下载/copy of it.csv"])
def test_the_same_bytes_twice_change_nothing(settings: Settings, again: str) -> None:
    content = orders_csv([order(1), order(2, 买家应付货款="x")])
    drop(settings, NAME, content)
    load_all(settings)
    before = [ask(settings, f"select * from {name}") for name in ("loads", "quarantine", "incoming.tmall_orders")]
    drop(settings, again, content, modified="2026-11-09T08:00:00")
    loaded = load_all(settings)["tmall_orders"]
    assert (loaded.files, loaded.repeated, loaded.rows) == (1, 1, 0)
    after = [ask(settings, f"select * from {name}") for name in ("loads", "quarantine", "incoming.tmall_orders")]
    assert after == before
    assert find_sources(settings) == {}


def test_the_same_bytes_in_another_shop_are_that_shops(settings: Settings) -> None:
    for shop in ("qinghe", "mumian"):
        drop(settings, f"{shop}/plans20261103010000.csv", plans_csv([plan(1)]))
    assert load_all(settings)["wanxiang_plans"].rows == 2
    assert ask(settings, "select shop from incoming.wanxiang_plans order by all") == [("mumian",), ("qinghe",)]


@pytest.mark.slow
def test_the_same_count_of_stock_on_another_day_is_another_day(settings: Settings) -> None:
    content = csv_bytes(table(STOCK, [{"商家编码": "QH-1", "可用库存": "7"}]))
    for name in ("stock20261103080000.csv", "stock20261104080000.csv", "stock20261104093000.csv"):
        drop(settings, f"qinghe/{name}", content)
        load_all(settings)
    days = ask(settings, "select day, version, available from incoming.wangdiantong_stock order by day")
    assert [(str(day), str(version), count) for day, version, count in days] == [
        ("2026-11-03", "2026-11-03 08:00:00", 7),
        ("2026-11-04", "2026-11-04 09:30:00", 7),
    ]
    assert len(ask(settings, "select * from loads")) == 2


def test_a_count_before_six_is_the_evening_befores(settings: Settings) -> None:
    drop(settings, "qinghe/stock20261104055959.csv", csv_bytes(table(STOCK, [{"商家编码": "QH-1", "可用库存": "7"}])))
    load_all(settings)
    assert str(ask(settings, "select day from incoming.wangdiantong_stock")[0][0]) == "2026-11-03"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("suffix", [".part", ".crdownload", ".tmp", ".PART"])
def test_a_half_written_file_waits_for_its_name(settings: Settings, suffix: str) -> None:
    path = drop(settings, NAME + suffix, orders_csv([order(1)]))
    assert load_all(settings) == {}
    assert ask(settings, "select * from seen") == []
    path.rename(path.with_name(Path(NAME).name))
    assert load_all(settings)["tmall_orders"].rows == 1


def test_a_file_that_grows_is_left_until_it_rests(settings: Settings) -> None:
    patient = settings.model_copy(update={"settle_seconds": 60.0})
    path = drop(settings, NAME, orders_csv([order(1)]))
    os.utime(path)
    assert load_all(patient) == {}
    rested = time.time() - 61
    os.utime(path, (rested, rested))
    assert load_all(patient)["tmall_orders"].rows == 1


def test_an_empty_file_is_still_being_written_for_an_hour(settings: Settings) -> None:
    path = drop(settings, NAME, b"")
    os.utime(path)
    assert load_all(settings) == {}
    rested = time.time() - 3601
    os.utime(path, (rested, rested))
    assert load_all(settings)["unknown"].rejected == 1
    ((code, reason),) = ask(settings, "select reason_code, reason from loads")
    assert code == "empty"
    assert "export it again" in reason
    assert find_sources(settings) == {}


@pytest.mark.slow
def test_a_file_that_grew_after_all_is_read_again(settings: Settings) -> None:
    drop(settings, NAME, orders_csv([order(1)]))
    load_all(settings)
    drop(settings, NAME, orders_csv([order(1), order(2)]), modified="2026-11-03T02:00:00")
    assert load_all(settings)["tmall_orders"].rows == 2


def test_a_file_of_no_declared_shop_is_rejected_with_reason(settings: Settings) -> None:
    drop(settings, "nobody/orders.csv", orders_csv([order(1)]))
    loaded = load_all(settings)["tmall_orders"]
    assert loaded.rejected == 1
    ((state, shop, reason),) = ask(settings, "select state, shop, reason from loads")
    assert (state, shop) == ("rejected", "nobody")
    assert "no shop is called nobody" in reason
    (note,) = settings.rejected.glob("*/orders.csv.reason.txt")
    assert reason in note.read_text("utf-8")
    assert (note.with_name("orders.csv")).read_bytes() == orders_csv([order(1)])
    assert find_sources(settings) == {}


def test_a_file_in_the_root_belongs_to_nobody_when_there_are_several_shops(settings: Settings) -> None:
    drop(settings, "orders.csv", orders_csv([order(1)]))
    (reason,) = load_all(settings)["tmall_orders"].reasons
    assert "mumian, online_retail, qinghe" in reason


def test_a_file_in_the_root_belongs_to_the_only_shop(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    (settings.home / "shops.yaml").write_text("mine: {title: Mine, platform: tmall, currency: CNY}\n", "utf-8")
    drop(settings, "orders.csv", orders_csv([order(1)]))
    load_all(settings)
    assert ask(settings, "select shop from incoming.tmall_orders") == [("mine",)]


def test_a_file_in_the_root_belongs_to_the_contracts_default_shop(settings: Settings) -> None:
    row = ["536365", "85123A", "HOLDER", "6", "2010-12-01 08:26:00", "2.55", "17850", "United Kingdom"]
    drop(settings, "2010-12-01.csv", csv_bytes([UCI, row], "utf-8"))
    load_all(settings)
    assert ask(settings, "select shop from incoming.uci_orders") == [("online_retail",)]


def test_an_unknown_file_and_a_damaged_one_do_not_stop_the_others(settings: Settings) -> None:
    drop(settings, "qinghe/a-notes.csv", b"a,b\n1,2\n")
    drop(settings, "qinghe/b-products.xls", products_xls([product(number) for number in range(400)])[:40_000])
    drop(settings, "qinghe/c-orders.csv", orders_csv([order(1)]))
    loaded = load_all(settings)
    assert loaded["tmall_orders"].rows == 1
    assert (loaded["unknown"].rejected, loaded["unknown"].files) == (2, 0)
    states = dict(ask(settings, "select file, state from loads"))
    assert states == {"a-notes.csv": "rejected", "b-products.xls": "rejected", "c-orders.csv": "incoming"}


def test_totals_are_skipped_and_counted(settings: Settings) -> None:
    totals = [{"日期": word, "花费": "300.00"} for word in ("全部", "合计", "汇总")]
    drop(settings, "qinghe/plans.csv", plans_csv([totals[0], plan(1), plan(2), *totals[1:]]))
    load_all(settings)
    assert ask(settings, LEDGER) == [("plans.csv", "incoming", 5, 2, 0, 3)]
    assert ask(settings, "select sum(spend) from incoming.wanxiang_plans")[0][0] == 200


def test_a_name_that_is_no_utf8_is_taken_and_shown_as_its_owner_saw_it(settings: Settings) -> None:
    path = drop(settings, NAME, orders_csv([order(1)]))
    path.rename(path.with_name(os.fsdecode("订单202611030100.csv".encode("gbk"))))
    assert load_all(settings)["tmall_orders"].rows == 1
    assert ask(settings, "select file, version_rule from loads") == [("订单202611030100.csv", "name")]
    assert find_sources(settings) == {}


def test_links_are_not_followed_and_that_is_said_once(settings: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "orders.csv").write_bytes(orders_csv([order(1)]))
    (settings.inbox / "qinghe").mkdir(parents=True)
    (settings.inbox / "qinghe" / "orders.csv").symlink_to(outside / "orders.csv")
    (settings.inbox / "qinghe" / "folder").symlink_to(outside)
    (settings.inbox / "mumian").symlink_to(outside)
    (settings.inbox / "qinghe" / "gone.csv").symlink_to(outside / "nothing")
    assert load_all(settings)["unknown"].rejected == 4
    told = ask(settings, "select file, state, reason_code, rows_read from loads order by file")
    assert told == [(name, "rejected", "link", 0) for name in ("folder", "gone.csv", "mumian", "orders.csv")]
    assert not [path for path in settings.archive.rglob("*") if path.is_file()]
    ledger = ask(settings, "select * from loads order by all")
    assert load_all(settings) == {}
    assert ask(settings, "select * from loads order by all") == ledger
    assert find_sources(settings) == {}


@pytest.mark.parametrize("name", ["qinghe/.orders.csv", "qinghe/~$orders.csv", ".cache/orders.csv"])
def test_hidden_and_lock_files_are_left_alone(settings: Settings, name: str) -> None:
    drop(settings, name, orders_csv([order(1)]))
    assert find_sources(settings) == {}


@pytest.mark.slow
def test_the_time_of_export_comes_from_the_name_else_from_the_file(settings: Settings) -> None:
    drop(settings, NAME, orders_csv([order(1)]), modified="2026-11-08T07:06:05")
    drop(settings, "qinghe/20269999999999.csv", orders_csv([order(2)]), modified="2026-11-08T07:06:05")
    drop(settings, "qinghe/traffic.xls", products_xls([product(1)]), modified="2026-11-04T09:10:11")
    load_all(settings)
    told = ask(settings, "select file, exported_at, version_rule from loads order by file")
    assert told == [
        ("20269999999999.csv", datetime(2026, 11, 8, 7, 6, 5), "mtime"),
        (Path(NAME).name, datetime(2026, 11, 3, 1, 0), "name"),
        ("traffic.xls", datetime(2026, 11, 4, 9, 10, 11), "mtime"),
    ]


def contract_of_ones_own(tmp_path: Path) -> Path:
    """The project's include folder, copied, so that a contract can be changed."""
    return Path(shutil.copytree(PROJECT / "include", tmp_path / "include"))


def test_a_changed_contract_reads_the_file_again_and_replaces_its_rows(settings: Settings, tmp_path: Path) -> None:
    settings.include = contract_of_ones_own(tmp_path)
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1, 花费="1.00"), plan(2, 点击量="n/a")]))
    load_all(settings)
    assert ask(settings, "select spend from incoming.wanxiang_plans") == [(1,)]
    path = settings.include / "sources" / "wanxiang" / "plans.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("ad_revenue: {from: 总成交金额", "ad_revenue: {from: 花费"), "utf-8")
    assert load_all(settings)["wanxiang_plans"].repeated == 0
    assert ask(settings, "select spend, ad_revenue from incoming.wanxiang_plans") == [(1, 1)]
    assert len(ask(settings, "select * from quarantine")) == 1
    assert len(ask(settings, "select * from loads")) == 1
    assert find_sources(settings) == {}


def test_a_contract_that_learns_a_header_takes_what_was_rejected(settings: Settings, tmp_path: Path) -> None:
    settings.include = contract_of_ones_own(tmp_path)
    renamed = ["消耗" if header == "花费" else header for header in WANXIANG]
    drop(settings, "qinghe/plans.csv", csv_bytes(table(renamed, [plan(1, 消耗="5.00")])))
    assert load_all(settings)["unknown"].rejected == 1
    path = settings.include / "sources" / "wanxiang" / "plans.yaml"
    path.write_text(path.read_text("utf-8").replace("from: 花费", "from: [花费, 消耗]"), "utf-8")
    assert load_all(settings)["wanxiang_plans"].rows == 1
    assert [state for (state,) in ask(settings, "select state from loads")] == ["incoming"]


def buyers(settings: Settings) -> list[str]:
    return [buyer for (buyer,) in ask(settings, "select buyer from incoming.tmall_orders order by load_id, order_id")]


def test_a_pseudonym_is_the_standard_hmac_and_the_same_in_every_file(settings: Settings) -> None:
    settings.pseudonym_key = SecretStr("a key of 17 bytes")
    drop(settings, "qinghe/a202611030100.csv", orders_csv([order(1, 买家会员名="茶客甲"), order(2)]))
    drop(settings, "mumian/b202611040100.csv", orders_csv([order(3, 买家会员名="茶客甲 ")], "utf-8"))
    load_all(settings)
    digest = hmac.new(b"a key of 17 bytes", "茶客甲".encode(), "sha256").hexdigest()[:16]
    assert sorted(buyers(settings)).count(digest) == 2
    assert len(set(buyers(settings))) == 2


@pytest.mark.slow
def test_each_installation_has_a_key_of_its_own(tmp_path: Path) -> None:
    names = []
    for home in ("a", "b"):
        settings = Settings(home=tmp_path / home, settle_seconds=0)
        drop(settings, NAME, orders_csv([order(1)]))
        load_all(settings)
        assert stat.S_IMODE((settings.home / "pseudonym.key").stat().st_mode) == 0o600
        names += buyers(settings)
    assert len(set(names)) == 2


@pytest.mark.slow
def test_nothing_of_a_buyer_is_stored_but_the_original(settings: Settings) -> None:
    people = [order(number) for number in range(1, 9)]
    people[1]["买家实际支付金额"] = "免费"
    people[2]["订单创建时间"] = "昨天"
    lines = csv_bytes(table(TMALL, people)).splitlines(keepends=True)
    ragged = lines[4].replace("青瓷茶杯".encode("gbk"), b"a,b")
    unclosed = lines[5].replace("云南省".encode("gbk"), '"云南省'.encode("gbk"))
    shifted = lines[6].rstrip() + b",more\r\n"
    drop(settings, NAME, b"".join([*lines[:4], ragged, unclosed, shifted, *lines[7:]]))
    drop(settings, "nobody/orders.csv", b"".join(lines))
    load_all(settings)
    assert ask(settings, "select rows_quarantined from loads where state = 'incoming'")[0][0] >= 4
    stored = [settings.raw_warehouse, *settings.rejected.rglob("*.txt"), *settings.raw_warehouse.parent.iterdir()]
    everything = b"".join(path.read_bytes() for path in stored)
    dumped = dump(settings)
    for person in people:
        for header in ("买家会员名", "买家支付宝账号", "支付单号", "收货人姓名", "收货地址 ", "联系手机"):
            secret = person[header].strip("'")
            assert secret not in dumped
            assert secret.encode() not in everything
            assert secret.encode("gbk") not in everything
    assert order_id(1) in dumped
    originals = [path for folder in (settings.archive, settings.rejected) for path in folder.rglob("*.csv")]
    assert len(originals) == 2
    for path in originals:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
