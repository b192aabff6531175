"""What looks like a person is not published: the shapes, what only resembles them, and what may stand there."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from shopwatch.core.settings import Settings
from shopwatch.pipeline import publish_night
from shopwatch.warehouse.personal import (
    PersonalDataError,
    find_personal_data,
    is_allowed,
    mask,
    mask_name,
    require_no_personal_data,
)

NIGHT = date(2026, 11, 15)
PERSONAL = {
    "13812345678": "a telephone number",
    "致电 138 1234 5678 联系": "a telephone number",
    "+86-13812345678": "a telephone number",
    '{"cell": "13812345678"}': "a telephone number",
    "１３８１２３４５６７８": "a telephone number",
    "138 12345678": "a telephone number",
    "138\u30001234\u00a05678": "a telephone number",
    "0086138–1234–5678": "a telephone number",
    "联系方式.13812345678.": "a telephone number",
    "li.na＠example.com": "an e-mail address",
    "110105 19491231 002X": "an identity card number",
    "１１０１０５１９４９１２３１００２Ｘ": "an identity card number",
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
    "[0.5, 0.17647058824]",  # decimals
    "13812345678.50",
    "1500 200 3000",  # millimetres
]


def warehouse(settings: Settings, *texts: str, table: str = "marts.fct_order", column: str = "status") -> None:
    settings.shop_warehouse.parent.mkdir(parents=True, exist_ok=True)
    settings.shop_warehouse.unlink(missing_ok=True)
    schema, name = table.split(".")
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute("create schema meta")
        con.execute("create table meta.night as select cast($1 as date) as night", [NIGHT])
        con.execute(f"create schema {schema}")
        con.execute(f"create table {schema}.{name} (order_id varchar, {column} varchar, paid decimal(18, 2))")
        con.executemany(f"insert into {schema}.{name} values ('13812345678', $1, 1)", [[text] for text in texts])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_each_shape_is_found_in_its_column(settings: Settings) -> None:
    warehouse(settings, "shipped")
    with duckdb.connect(settings.shop_warehouse) as con:
        columns = [duckdb.ConstantExpression(text).alias(f"c{number}") for number, text in enumerate(PERSONAL)]
        con.sql("select 1").select(*columns).create("marts.many")
    found = [(one.key, one.kind, one.rows) for one in find_personal_data(settings.shop_warehouse, settings)]
    expected = [(f"marts.many.c{number}", kind, 1) for number, kind in enumerate(PERSONAL.values())]
    assert sorted(found) == sorted(expected)


def test_what_only_resembles_it_is_published(settings: Settings) -> None:
    warehouse(settings, *HARMLESS)
    assert find_personal_data(settings.shop_warehouse, settings) == []
    assert publish_night(settings, NIGHT) == settings.published


def test_what_is_masked_is_published_and_the_rest_of_it_unchanged(settings: Settings) -> None:
    names = ["王小明13812345678.csv", "li@example.csv", "a@b.csv", "x.13812345678", "订单１３８ 1234-5678_2.xlsx"]
    masked = ["王小明138********.csv", "li@*******.csv", "a@*.csv", "x.138********", "订单１３８ ****-****_2.xlsx"]
    assert [mask_name(name) for name in names] == masked
    assert [mask(text) for text in HARMLESS] == [*HARMLESS]
    warehouse(settings, *map(mask, PERSONAL), *masked)
    assert find_personal_data(settings.shop_warehouse, settings) == []


def test_the_night_before_stays_published_and_the_message_names_the_column_not_the_person(settings: Settings) -> None:
    warehouse(settings, "shipped")
    publish_night(settings, NIGHT)
    before = settings.published.read_bytes()
    warehouse(settings, "13812345678", "13912345678", "shipped")
    with pytest.raises(PersonalDataError) as refused:
        publish_night(settings, NIGHT)
    said = str(refused.value)
    assert "marts.fct_order.status: 2 rows with a telephone number, such as 138********. " in said
    assert "in include/personal.yaml: `marts.fct_order.status: <why it holds no personal data>`" in said
    assert settings.published.read_bytes() == before


def test_the_key_that_the_message_names_lets_the_night_pass(settings: Settings, tmp_path: Path) -> None:
    warehouse(settings, "13812345678", column="parcel")
    settings.include = shutil.copytree(settings.include, tmp_path / "include")
    (found,) = find_personal_data(settings.shop_warehouse, settings)
    assert not is_allowed(settings.include, found.key)
    with (settings.include / "personal.yaml").open("a", encoding="utf-8") as allowed:
        allowed.write(f"  {found.key}: numbers of parcels\n")
    assert is_allowed(settings.include, found.key)
    assert publish_night(settings, NIGHT) == settings.published


@pytest.mark.parametrize(
    ("table", "column", "is_free"),
    [("ops.decisions", "reason", True), ("ops.quarantine", "reason", False), ("seed.shops", "title", True)],
)
def test_what_the_shops_own_people_write_may_name_them(
    table: str, column: str, is_free: bool, settings: Settings
) -> None:
    warehouse(settings, "li@example.com has called them", table=table, column=column)
    assert (find_personal_data(settings.shop_warehouse, settings) == []) == is_free


def test_only_what_changed_since_a_clean_search_is_searched_again(settings: Settings, tmp_path: Path) -> None:
    warehouse(settings, "shipped")
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute("create schema ops")
        con.execute("create table meta.unsearched (table_name varchar, first_day date)")
        con.execute("create table meta.written (table_name varchar, content varchar)")
        con.execute("create table ops.alerts (note varchar)")
        con.execute("alter table marts.fct_order add column day date default '2026-11-01'")
    require_no_personal_data(settings)

    def enter(statement: str) -> None:
        with duckdb.connect(settings.shop_warehouse) as con:
            con.execute(statement)

    enter("insert into marts.fct_order values ('1', '13812345678', 1, '2026-11-10')")
    require_no_personal_data(settings)  # no build says that the table changed
    enter("insert into meta.unsearched values ('marts.fct_order', '2026-11-11')")
    require_no_personal_data(settings)
    enter("insert into meta.unsearched values ('marts.fct_order', '2026-11-11'), ('marts.fct_order', '2026-11-09')")
    for _ in range(2):  # until it is mended
        with pytest.raises(PersonalDataError, match=r"fct_order\.status: 1 rows"):
            require_no_personal_data(settings)
    enter("delete from marts.fct_order where status != 'shipped'")
    require_no_personal_data(settings)
    enter("insert into ops.alerts values ('13812345678')")
    with pytest.raises(PersonalDataError, match=r"ops\.alerts\.note"):
        require_no_personal_data(settings)
    enter("delete from ops.alerts")
    enter("insert into marts.fct_order values ('1', '13812345678', 1, '2026-11-10')")
    settings.include = shutil.copytree(settings.include, tmp_path / "include")
    (settings.include / "personal.yaml").write_text("allowed: {marts.other.name: another list}\n", "utf-8")
    with pytest.raises(PersonalDataError, match=r"fct_order\.status"):
        require_no_personal_data(settings)
