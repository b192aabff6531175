"""What looks like a person is not published: the shapes, what only resembles them, and what may stand there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from shopwatch.personal import PersonalDataError, find_persons
from shopwatch.settings import Settings
from shopwatch.watch import publish_night

NIGHT = date(2026, 11, 15)
PERSONAL = {
    "13812345678": "a telephone number",
    "致电 138 1234 5678 联系": "a telephone number",
    "+86-13812345678": "a telephone number",
    '{"cell": "13812345678"}': "a telephone number",
    "Li.Na+shop@mail.example.com": "an e-mail address",
    "11010519491231002X": "an identity card number",
    "证件 110105194912310021。": "an identity card number",
}
HARMLESS = [
    "ExportOrderList202611150110.csv",
    "商品_全部_20261116013000.xls",
    "a13812345678bcdef",  # a hash
    "138123456789",  # twelve digits
    "12812345678",
    "6917926768823643751",  # nineteen digits
    "2026-11-15 13:12:34",
    "3 @ 12.50",
    "110105199913310021",  # a thirteenth month
    "¥13,812,345,678",
]


def warehouse(settings: Settings, *texts: str, table: str = "marts.fct_order", column: str = "status") -> None:
    settings.shop_warehouse.parent.mkdir(parents=True, exist_ok=True)
    settings.shop_warehouse.unlink(missing_ok=True)
    schema, name = table.split(".")
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute(f"create schema {schema}")
        con.execute(f"create table {schema}.{name} (order_id varchar, {column} varchar, paid decimal(18, 2))")
        con.executemany(f"insert into {schema}.{name} values ('13812345678', $1, 1)", [[text] for text in texts])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_each_shape_is_found_in_its_column(settings: Settings) -> None:
    for text, kind in PERSONAL.items():
        warehouse(settings, text, "shipped")
        found = [str(one) for one in find_persons(settings.shop_warehouse, settings)]
        assert found == [f"marts.fct_order.status: 1 rows with {kind}"]


def test_what_only_resembles_it_is_published(settings: Settings) -> None:
    warehouse(settings, *HARMLESS)
    assert find_persons(settings.shop_warehouse, settings) == []
    assert publish_night(settings, NIGHT) == settings.published


def test_the_night_before_stays_published_and_the_message_names_the_column_not_the_person(settings: Settings) -> None:
    warehouse(settings, "shipped")
    publish_night(settings, NIGHT)
    before = settings.published.read_bytes()
    warehouse(settings, "13812345678", "13912345678", "shipped")
    with pytest.raises(PersonalDataError) as refused:
        publish_night(settings, NIGHT)
    assert "marts.fct_order.status: 2 rows with a telephone number" in str(refused.value)
    assert "12345678" not in str(refused.value)
    assert settings.published.read_bytes() == before


@pytest.mark.parametrize(
    ("table", "column", "is_allowed"),
    [("ops.decisions", "reason", True), ("ops.quarantine", "reason", False), ("seed.shops", "title", True)],
)
def test_what_the_shops_own_people_write_may_name_them(
    table: str, column: str, is_allowed: bool, settings: Settings
) -> None:
    warehouse(settings, "li@example.com has called them", table=table, column=column)
    assert (find_persons(settings.shop_warehouse, settings) == []) == is_allowed
