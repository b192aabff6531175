from __future__ import annotations

import csv
import hmac
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from files import ask, drop, load_all, xlsx_bytes
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.ingest.pseudonyms import PseudonymKeyError

MISSING, UNREADABLE = None, "unreadable"
KEY = "the key of these tests"


def name(text: str) -> str:
    return hmac.new(KEY.encode(), text.encode(), "sha256").hexdigest()[:16]


CASES: dict[str, dict[str, Any]] = {
    "money": {
        "1234.5": Decimal("1234.50"),
        "1,234.50": Decimal("1234.50"),
        "12，345.6": Decimal("12345.60"),
        "¥12.00": Decimal("12.00"),
        "￥12": Decimal("12.00"),
        "$38,000.00": UNREADABLE,  # the shop trades in another currency
        "£5.10": UNREADABLE,  # the shop trades in another currency
        "€7": UNREADABLE,  # the shop trades in another currency
        "12.50元": Decimal("12.50"),
        "1 234.50": Decimal("1234.50"),
        "1'234.50": Decimal("1234.50"),
        "(1,234.50)": Decimal("-1234.50"),
        "-¥5.20": Decimal("-5.20"),
        "¥-5.20": Decimal("-5.20"),
        "CNY 12.00": Decimal("12.00"),
        "US$12.00": UNREADABLE,  # the shop trades in another currency
        "1.2万": Decimal("12000.00"),
        "¥3,456.7万元": Decimal("34567000.00"),
        "0.5亿": Decimal("50000000.00"),
        "1.234,50": UNREADABLE,
        "1,23": UNREADABLE,
        "12,34,567": UNREADABLE,
        "1,2345": UNREADABLE,
        "万": UNREADABLE,
        "3 + 4": UNREADABLE,
        "12abc": UNREADABLE,
        "-3.20": Decimal("-3.20"),
        "+3": Decimal("3.00"),
        ".5": Decimal("0.50"),
        "5.": Decimal("5.00"),
        "0": Decimal("0.00"),
        " 7.1 ": Decimal("7.10"),
        "\t7.1": Decimal("7.10"),
        "7.1\u00a0": Decimal("7.10"),
        "\u30007.1": Decimal("7.10"),
        "7.1\n": Decimal("7.10"),
        '="12.30"': Decimal("12.30"),
        "'12.30": Decimal("12.30"),
        "12.3456": Decimal("12.35"),
        "": MISSING,
        "-": MISSING,
        "--": MISSING,
        " - ": MISSING,
        '="-"': MISSING,
        "'": MISSING,
        "abc": UNREADABLE,
        "12.3%": UNREADABLE,
        "1.2.3": UNREADABLE,
        "1e5": UNREADABLE,
        "nan": UNREADABLE,
        "inf": UNREADABLE,
        "一百": UNREADABLE,
        "---": UNREADABLE,
        "12 - 15": UNREADABLE,
        "9" * 20: UNREADABLE,
    },
    "price": {
        "0.0425": Decimal("0.0425"),
        "£1,000.5": UNREADABLE,  # the shop trades in another currency
        "1.23456": Decimal("1.2346"),
        "--": MISSING,
        "1e-3": UNREADABLE,
    },
    "count": {
        "1,200": 1200,
        "12.0": 12,
        "2.000": UNREADABLE,  # two thousand, where points part thousands
        "-3": -3,
        "1.2万": 12000,
        "3亿": 300000000,
        "1,20": UNREADABLE,
        "+3": 3,
        "0": 0,
        '="7"': 7,
        "-": MISSING,
        "": MISSING,
        "5.5": UNREADABLE,
        "12%": UNREADABLE,
        "1e3": UNREADABLE,
        "9" * 22: UNREADABLE,
    },
    "ratio": {
        "12.3%": 0.123,
        "0.5": 0.5,
        "-4%": -0.04,
        "1,234.5%": 12.345,
        "--": MISSING,
        "12%%": UNREADABLE,
        "高": UNREADABLE,
    },
    "score": {
        "4.86": 4.86,
        "4.86（+0.02）": 4.86,
        "4.86(-0.01)": 4.86,
        "4.9↑0.02": 4.9,
        "4.9分": 4.9,
        "高": UNREADABLE,
        "4.8.6": UNREADABLE,
    },
    "seconds": {
        "80": 80.0,
        "80.5秒": 80.5,
        "1分20秒": 80.0,
        "2小时3分": 7380.0,
        "1天2小时": 93600.0,
        "1:20": 80.0,
        "01:02:03": 3723.0,
        "-": MISSING,
        "很快": UNREADABLE,
        "1:99": UNREADABLE,
    },
    "province": {
        "云南省 昆明市 翠湖路1号": "云南",
        "广东深圳市南山区": "广东",
        "内蒙古自治区呼和浩特市": "内蒙古",
        "中国 上海 上海市 浦东新区": "上海",
        "翠湖路1号": MISSING,
        "##张": MISSING,
    },
    "city": {
        "云南省 昆明市 翠湖路1号": "昆明市",
        "广东深圳市南山区": "深圳市",
        "贵州六盘水市": "六盘水市",
        "黑龙江省哈尔滨市道里区": "哈尔滨市",
        "内蒙古自治区呼和浩特市新城区": "呼和浩特市",
        "上海 上海市 浦东新区": "上海市",
        "北京朝阳区市场路": "北京市",
        "云南省大理白族自治州大理市": "大理白族自治州",
        "湖南长沙市": "长沙市",
        "翠湖路1号": MISSING,
    },
    "id": {
        '="4800000000000000123"': "4800000000000000123",
        "'4800000000000000123": "4800000000000000123",
        "\t6917926768823643751": "6917926768823643751",
        "ID：123": "123",
        "ID: 123": "123",
        "00123": "00123",
        "C536379": "C536379",
        "79323E": "79323E",
        "-": MISSING,
        "6.9E+18": UNREADABLE,
        "6.91793E+18": UNREADABLE,
        "7e+12": UNREADABLE,
    },
    "text": {
        "  青瓷 茶杯\t": "青瓷 茶杯",
        '="茶"': "茶",
        "a,b": "a,b",
        'say "x"': 'say "x"',
        "--": MISSING,
        "0": "0",
    },
    "day": {
        "2023-05-01": date(2023, 5, 1),
        "2016/5/3": date(2016, 5, 3),
        "20260324": date(2026, 3, 24),
        "2026-11-02 00:00:00": date(2026, 11, 2),
        "20260324000000~20260324005959": date(2026, 3, 24),
        "2023-05-01~2023-05-01": date(2023, 5, 1),
        "-": MISSING,
        "2023-05-01 ~ 2023-05-01": date(2023, 5, 1),
        "2023-05-01 00:00~2023-05-01 23:59:59": date(2023, 5, 1),
        "2023-05-01T00:00:00~2023-05-01T23:59:59": date(2023, 5, 1),
        "2023年5月1日~2023年5月1日": date(2023, 5, 1),
        "Nov 2, 2026~Nov 2, 2026": date(2026, 11, 2),
        "2023-05-01 00:00:00 +0000~2023-05-01 23:59:59 +0000": UNREADABLE,
        "Nov 2, 2026~Nov 3, 2026": UNREADABLE,
        "2023-05-01~2023-05-07": UNREADABLE,
        "2023-02-30": UNREADABLE,
        "23/05/2016": UNREADABLE,
        "45000": date(2023, 3, 15),
        "45000.5": date(2023, 3, 15),
        "44866": UNREADABLE,  # 2022-11-01, or 2026-11-02 of a Mac
        "2026年11月2日": date(2026, 11, 2),
        "2026.11.02": date(2026, 11, 2),
        "Nov 2, 2026": date(2026, 11, 2),
        "02/11/2026": UNREADABLE,
        "昨天": UNREADABLE,
        "4500": UNREADABLE,
        "26/1/5": UNREADABLE,
        "0026-01-05": UNREADABLE,
        "05-Jan-26": UNREADABLE,
        "20261": UNREADABLE,
        "2026115": UNREADABLE,
    },
    "timestamp": {
        "2023-05-01 10:00:05": datetime(2023, 5, 1, 10, 0, 5),
        "2016/5/23 22:02": datetime(2016, 5, 23, 22, 2),
        "2016/5/23 22:02:03": datetime(2016, 5, 23, 22, 2, 3),
        "2023-05-01 9:05": datetime(2023, 5, 1, 9, 5),
        "2026-11-05T10:15:00": datetime(2026, 11, 5, 10, 15),
        "20260324005959": datetime(2026, 3, 24, 0, 59, 59),
        "2023-05-01": datetime(2023, 5, 1),
        "": MISSING,
        "26/1/5 9:05": UNREADABLE,
        "0026-01-05 09:05:00": UNREADABLE,
        "202601050905": UNREADABLE,
        "2026010509050": UNREADABLE,
        "2023-05-01 25:61:00": UNREADABLE,
        "2023-13-01 10:00:00": UNREADABLE,
        "2026-09-03 10:15:00 -0400": datetime(2026, 9, 3, 22, 15),
        "2023年5月1日 9:05": datetime(2023, 5, 1, 9, 5),
        "2023年05月01日 09时05分07秒": datetime(2023, 5, 1, 9, 5, 7),
        "2023.05.01 09:05": datetime(2023, 5, 1, 9, 5),
        "20230501 09:05:07": datetime(2023, 5, 1, 9, 5, 7),
        "2023/5/1 1:05:07 PM": datetime(2023, 5, 1, 13, 5, 7),
        "2026-11-05T10:15:00+08:00": datetime(2026, 11, 5, 10, 15),
        "2026-11-04T18:30:00Z": datetime(2026, 11, 5, 2, 30),
        "2026-11-04T18:30:00.250Z": datetime(2026, 11, 5, 2, 30, 0, 250000),
        "45000.5": datetime(2023, 3, 15, 12),
        "45000.25": datetime(2023, 3, 15, 6),
        "44866.375": UNREADABLE,
    },
    "category": {
        "交易成功": "completed",
        " 交易成功\t": "completed",
        "(删除)已付款,待发货": "closed",
        "（删除）已付款，待发货": "closed",
        "(删除) 已付款，待发货": "closed",
        "partially shipped": "shipped",
        "-": MISSING,
        "交易失败": UNREADABLE,
    },
    "pseudonym": {
        "茶客0001": name("茶客0001"),
        " 茶客0001 ": name("茶客0001"),
        "'茶客0001": name("茶客0001"),
        "x" * 200: name("x" * 200),
        "-": MISSING,
        "": MISSING,
    },
}
EACH = [(kind, cell) for kind, cells in CASES.items() for cell in cells]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Any]:
    """By case: the value that the pipeline stored, or UNREADABLE. One file holds one case a line."""
    home = tmp_path_factory.mktemp("types")
    include = home / "include"
    (include / "sources").mkdir(parents=True)
    (include / "sql").symlink_to(PROJECT / "include" / "sql")
    (include / "shops.yaml").symlink_to(PROJECT / "include" / "shops.yaml")
    columns: dict[str, dict[str, Any]] = {f"as_{kind}": {"from": f"列{kind}", "type": kind} for kind in CASES}
    columns["as_category"]["values"] = {
        "交易成功": "completed",
        "(删除)已付款，待发货": "closed",
        "PartiallyShipped": "shipped",
    }
    contract = {
        "export": "probe",
        "title": {"zh": "试", "en": "probe"},
        "recognise": ["序号", "列money"],
        "table": "probe",
        "mode": "upsert",
        "key": ["number"],
        "version": {},
        "day": "version",
        "columns": {"number": {"from": "序号", "type": "count"}, **columns},
    }
    (include / "sources" / "probe.yaml").write_text(yaml.safe_dump(contract, allow_unicode=True), "utf-8")
    settings = Settings(home=home / "home", include=include, settle_seconds=0, pseudonym_key=SecretStr(KEY))
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(["序号", *(f"列{kind}" for kind in CASES)])
    for number, (kind, cell) in enumerate(EACH):
        lines.writerow([number, *(cell if column == kind else "" for column in CASES)])
    drop(settings, "qinghe/probe.csv", text.getvalue().encode())
    loaded = load_all(settings)["probe"]
    assert loaded.rows + loaded.quarantined == len(EACH)
    values: dict[int, Any] = {}
    kinds = ", ".join(f"as_{kind}" for kind in CASES)
    for number, *row in ask(settings, f"select number, {kinds} from incoming.probe"):
        values[number] = dict(zip(CASES, row, strict=True))[EACH[number][0]]
    by_line = _lines_of(text.getvalue())
    for line, column, reason in ask(settings, "select line, column_name, reason from quarantine"):
        number = by_line[line]
        kind, _ = EACH[number]
        assert (column, reason) == (f"列{kind}", f"unreadable {kind}")
        values[number] = UNREADABLE
    return values


def _lines_of(text: str) -> dict[int, int]:
    reader = csv.reader(io.StringIO(text, newline=""))
    next(reader)
    starts, before = {}, reader.line_num
    for row in reader:
        starts[before + 1], before = int(row[0]), reader.line_num
    return starts


@pytest.mark.parametrize("number", range(len(EACH)), ids=[f"{kind}: {ascii(cell)[:30]}" for kind, cell in EACH])
def test_a_cell_becomes_its_value(seen: dict[int, Any], number: int) -> None:
    kind, cell = EACH[number]
    wanted = CASES[kind][cell]
    found = seen[number]
    assert found == (pytest.approx(wanted, rel=1e-12) if isinstance(wanted, float) else wanted)
    assert type(found) is type(wanted)


def test_a_long_id_in_a_number_cell_is_refused_and_not_rounded(settings: Settings) -> None:
    headers = [
        "日期",
        "计划ID",
        "计划名字",
        "场景名字",
        "主体ID",
        "展现量",
        "点击量",
        "花费",
        "总成交金额",
        "总成交笔数",
    ]
    rows = [
        ["2026-11-02", 6917926768823643751, "a", "b", "1", 5, 4, 3, 2, 1],
        ["2026-11-02", "6917926768823643751", "a", "b", "1", 5, 4, 3, 2, 1],
        ["2026-11-02", 60010000001, "a", "b", "1", 5, 4, 3, 2, 1],
    ]
    drop(settings, "qinghe/plans.xlsx", xlsx_bytes([headers, *rows]))
    load_all(settings)
    stored = ask(settings, "select line, campaign_id, spend from incoming.wanxiang_plans order by line")
    assert stored == [(3, "6917926768823643751", Decimal("3.00")), (4, "60010000001", Decimal("3.00"))]
    refused = ask(settings, "select line, column_name, value, reason from quarantine")
    assert refused == [(2, "计划ID", "6.917927E+18", "unreadable id")]


def test_a_long_key_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, settle_seconds=0, pseudonym_key=SecretStr("k" * 65))
    with pytest.raises(PseudonymKeyError, match="65 bytes"):
        load_all(settings)


def test_a_key_that_a_kill_left_empty_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").touch()
    with pytest.raises(PseudonymKeyError, match="0 bytes"):
        load_all(Settings(home=tmp_path, settle_seconds=0))
