"""Every contract reads 5,000 rows in each container that it names, and none of them is lost or changed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from contract_rows import CURRENCY, columns_by_header, header_of, lines_of, meaning_of, rows_of
from files import SHOP, ask, csv_bytes, drop, load_all, xls_bytes, xlsx_bytes
from shopwatch.catalog.contracts import Contract, load_contracts
from shopwatch.core.settings import PROJECT, Settings

ROWS = 5_000
LOOKED_AT = (0, 1, 255, 256, ROWS // 2, ROWS - 1)
CONTRACTS = load_contracts(PROJECT / "include")

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
"""Container -> how a contract's ``listing`` calls it."""


def containers(contract: Contract) -> list[str]:
    """The containers that a contract names; a workbook that people fill in is an xlsx."""
    if contract.export.startswith("shopwatch_"):
        return ["book.xlsx"]
    return [name for name, words in WORDS.items() if re.search(words, contract.listing.file)]


EVERY = 16  # contracts: the quick tests load one of them, in its first container; the slow ones load the rest
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


SHIPPED = {name: one for name, one in CONTRACTS.items() if one.listing.platform or name.startswith("shopwatch_")}
"""A contract of the shop's own need not say where its file is downloaded."""


@pytest.mark.parametrize("contract", SHIPPED.values(), ids=SHIPPED)
def test_each_contract_says_how_its_file_is_downloaded(contract: Contract) -> None:
    assert containers(contract)


@pytest.mark.parametrize(("contract", "name"), EACH)
def test_all_rows_load_as_they_were_written(settings: Settings, contract: Contract, name: str) -> None:
    drop(
        settings,
        f"{SHOP}/{contract.export} 2026-11-02 {name}",
        WRITERS[name](lines_of(rows_of(contract, range(ROWS)))),
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
