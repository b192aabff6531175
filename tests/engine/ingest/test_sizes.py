"""Every contract reads 5,000 rows in each container that docs/exports.md names, and none of them is lost or changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from files import SHOP, ask, csv_bytes, drop, load_all, xls_bytes, xlsx_bytes
from shopwatch.catalog.contracts import Column, Contract, load_contracts
from shopwatch.core.settings import PROJECT, Settings

ROWS = 5_000
LOOKED_AT = (0, 1, 255, 256, ROWS // 2, ROWS - 1)
CONTRACTS = load_contracts(PROJECT / "include")
CURRENCY = "CNY"

WRITERS: dict[str, Callable[[list[list[str]]], bytes]] = {
    "utf8.csv": lambda lines: csv_bytes(lines, "utf-8"),
    "bom.csv": lambda lines: csv_bytes(lines, "utf-8-sig"),
    "gb18030.csv": lambda lines: csv_bytes(lines, "gb18030"),
    "utf16.csv": lambda lines: b"\xff\xfe" + csv_bytes(lines, "utf-16-le", delimiter="\t"),
    "tabs.txt": lambda lines: csv_bytes(lines, "utf-8", end="\n", delimiter="\t"),
    "book.xlsx": xlsx_bytes,
    "book.xls": xls_bytes,
}
WORDS = {
    "utf8.csv": r"UTF-8 csv|^csv$|or csv",
    "bom.csv": r"csv with BOM",
    "gb18030.csv": r"GBK|GB18030",
    "utf16.csv": r"UTF-16",
    "tabs.txt": r"tab-separated",
    "book.xlsx": r"xlsx",
    "book.xls": r"`\.xls`",
}
"""Container -> how docs/exports.md calls it, in the column "as downloaded"."""

VALUES: dict[str, Callable[[int], tuple[str, object]]] = {
    "id": lambda n: (f"69179268237{n:06d}", f"69179268237{n:06d}"),
    "text": lambda n: (f"青瓷茶杯 {n}", f"青瓷茶杯 {n}"),
    "money": lambda n: (f"{n:,}.{n % 100:02d}", Decimal(f"{n}.{n % 100:02d}")),
    "price": lambda n: (f"{n}.25", Decimal(f"{n}.25")),
    "count": lambda n: (f"{n:,}", n),
    "ratio": lambda n: (f"{n % 100}%", (n % 100) / 100),
    "score": lambda n: (f"4.{n % 10}", float(f"4.{n % 10}")),
    "seconds": lambda n: (f"{n}秒", float(n)),
    "day": lambda n: (f"2026-11-{n % 20 + 1:02d}", f"2026-11-{n % 20 + 1:02d}"),
    "timestamp": lambda n: (f"2026-11-02 10:{n % 60:02d}:00", f"2026-11-02 10:{n % 60:02d}:00"),
    "pseudonym": lambda n: (f"buyer{n}", None),
    "province": lambda _: ("浙江省 杭州市", "浙江"),
    "city": lambda _: ("浙江省 杭州市", "杭州市"),
    "currency": lambda _: (CURRENCY, CURRENCY),
}
"""Type -> the cell of a row by its number, and what it means."""
STRICT = ("category", "day", "timestamp", "money", "price", "count", "ratio", "score", "seconds", "id")
"""Where several columns read one cell, that of the type that reads fewest cells decides what stands there."""


def containers(contract: Contract) -> list[str]:
    """The containers that docs/exports.md names; a workbook that people fill in is an xlsx."""
    if contract.export.startswith("shopwatch_"):
        return ["book.xlsx"]
    text = (PROJECT / "docs" / "exports.md").read_text("utf-8")
    (downloaded,) = re.findall(rf"^\| \S+ \| \[{re.escape(contract.title.zh)}\]\(.+?\) \| (.+?) \|", text, re.MULTILINE)
    return [name for name, words in WORDS.items() if re.search(words, downloaded)]


def header_of(column: Column) -> str:
    return column.headers[0].replace("{currency}", CURRENCY)


def cell_of(column: Column, number: int) -> str:
    if column.type == "category":
        return list(column.values)[number % len(column.values)]
    return VALUES[column.type](number)[0]


def meaning_of(column: Column, number: int) -> object:
    if column.type == "category":
        return list(column.values.values())[number % len(column.values)]
    meaning = VALUES[column.type](number)[1]
    return -meaning if column.negate and isinstance(meaning, Decimal) else meaning


def columns_by_header(contract: Contract) -> dict[str, Column]:
    """The header of each cell of a row, and the column that decides what stands there."""
    found: dict[str, Column] = {}
    by_strictness = {kind: place for place, kind in enumerate(STRICT)}
    for column in sorted(contract.columns.values(), key=lambda c: by_strictness.get(c.type, len(STRICT))):
        found.setdefault(header_of(column), column)
        for last in column.until.values():
            found.setdefault(last, column)
    return found


def lines_of(contract: Contract) -> list[list[str]]:
    """Headers and rows; all that the contract recognises a file by, and only rows that count."""
    columns = columns_by_header(contract)
    known = {header for column in contract.columns.values() for header in column.headers}
    fixed = {header: cells[0] for header, cells in contract.only.items()}
    fixed |= {header: "-" for header in contract.recognise if header not in known and header not in fixed}
    rows = ([*(cell_of(c, n) for c in columns.values()), *fixed.values()] for n in range(ROWS))
    return [[*columns, *fixed], *rows]


EVERY = 8  # contracts: the quick tests load one of them, in its first container; the slow ones load the rest
EACH = [
    pytest.param(contract, name, id=f"{export} {name}", marks=[pytest.mark.slow] if number or place % EVERY else [])
    for place, (export, contract) in enumerate(CONTRACTS.items())
    for number, name in enumerate(containers(contract))
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home for all of the files."""
    settings = Settings(home=tmp_path_factory.mktemp("sizes"), settle_seconds=0)
    (settings.home / "shops.yaml").write_text(f"{SHOP}: {{title: s, platform: p, currency: {CURRENCY}}}\n", "utf-8")
    return settings


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_each_contract_says_how_its_file_is_downloaded(contract: Contract) -> None:
    assert containers(contract)


@pytest.mark.parametrize(("contract", "name"), EACH)
def test_all_rows_load_as_they_were_written(settings: Settings, contract: Contract, name: str) -> None:
    drop(
        settings,
        f"{SHOP}/{contract.export} 2026-11-02 {name}",
        WRITERS[name](lines_of(contract)),
        "2026-12-01T01:00:00",
    )
    loaded = load_all(settings)
    assert {source: (result.rows, result.quarantined) for source, result in loaded.items()} == {
        contract.export: (ROWS, 0)
    }, ask(settings, "select distinct column_name, value, reason from quarantine limit 5")
    decided = columns_by_header(contract)
    plain = {
        column: of
        for column, of in contract.columns.items()
        if decided[header_of(of)].type == of.type and of.type != "pseudonym" and not of.fingerprint
    }
    select = ", ".join(
        f"{column}::varchar" if of.type in ("day", "timestamp") else column for column, of in plain.items()
    )
    ids = "select load_id from loads order by loaded_at desc limit 1"
    rows = ask(settings, f"select {select} from incoming.{contract.export} where load_id = ({ids}) order by line")
    wanted = [tuple(meaning_of(of, number) for of in plain.values()) for number in LOOKED_AT]
    assert [rows[number] for number in LOOKED_AT] == wanted
