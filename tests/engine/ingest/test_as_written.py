"""The short ways of ``types.sql`` come to what the long ones come to, for whatever stands in a cell."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopwatch.core.sql_files import LIBRARY

MACROS = [LIBRARY / "ingest" / "sql" / name for name in ("types.sql", "moments.sql")]
BLANKS = " \t\n\r\u00a0\u3000\ufeff"
ODD = "09 .,-+:/TZeE_~'=\"()年\t\n\f\u00a0\u2028\u3000、中\ufeff¥%"
NUMBERS = """
    with trimmed_cells as (select t, trimmed(t) as cell from cells),
    bare_cells as (select t, bare(cell) as cell from trimmed_cells),
    present_cells as (select t, present(cell) as cell from bare_cells),
    numbers as (select t, plain_number(cell) as number from present_cells)
"""
"""One step a CTE, as in a load: nested, these macros take DuckDB twenty seconds to plan."""
LONG_AND_SHORT = {
    "money": """
        select t, try_cast(t as decimal(18, 2)) as short, parse_money(number) as long
        from numbers where is_decimal(t, short)
    """,
    "price": """
        select t, try_cast(t as decimal(18, 4)) as short, parse_price(number) as long
        from numbers where is_decimal(t, short)
    """,
    "count": """
        select t, try_cast(t as bigint) as short, parse_count(number) as long
        from numbers where is_integer(t, short)
    """,
    "day": """
        select
            t,
            try_cast(t as date) as short,
            parse_day_day_first(present(bare(trimmed(t))), 'Asia/Shanghai', null) as long
        from cells where is_date(t, short)
    """,
    "timestamp": """
        select
            t,
            try_cast(t as timestamp) as short,
            parse_timestamp_day_first(present(bare(trimmed(t))), 'Asia/Shanghai', null) as long
        from cells where is_moment(t, short)
    """,
}
WRITTEN = {
    "money": ("-1234.50", "0.00", "12", "12.5", "9999999999999999.99"),
    "price": ("-1234.5000", "12", "12.5"),
    "count": ("-1234", "0", "9223372036854775807"),
    "day": ("2026-11-02", "2000-01-01", "9999-12-31"),
    "timestamp": ("2026-11-02 22:01:59", "2001-10-04 00:00:00", "2000-01-01 00:00:00"),
}


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as con:
        for macros in MACROS:
            con.execute(macros.read_text("utf-8"))
        yield con


def one_off(text: str) -> list[str]:
    """The text, and each that has one character more, less or other."""
    more = [text[:at] + odd + text[at:] for at in range(len(text) + 1) for odd in ODD]
    other = [text[:at] + odd + text[at + 1 :] for at in range(len(text)) for odd in ODD]
    return [text, *more, *other, *(text[:at] + text[at + 1 :] for at in range(len(text)))]


def hold(con: duckdb.DuckDBPyConnection, cells: list[str]) -> None:
    con.execute("create or replace temp table cells as select unnest($1::varchar[]) as t", [cells])


@pytest.mark.sampled(5)
@pytest.mark.parametrize("kind", LONG_AND_SHORT)
def test_a_cell_as_duckdb_writes_it_has_the_value_that_cleaning_comes_to(
    con: duckdb.DuckDBPyConnection, kind: str
) -> None:
    strange = ["", "-", "--", "inf", "-infinity", "nan", "epoch", "0044-03-15 (BC)", "12026-11-02", "1e3", "1_000"]
    hold(con, [*strange, *(cell for written in WRITTEN[kind] for cell in one_off(written))])
    seen = con.execute(NUMBERS + LONG_AND_SHORT[kind]).fetchall()
    assert {t for t, *_ in seen} >= set(WRITTEN[kind])
    assert [row for row in seen if row[1] != row[2]] == []


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(BLANKS + "a-='\"\f、中Ü"), max_size=8))
def test_blanks_and_disguises_go_from_both_ends(con: duckdb.DuckDBPyConnection, text: str) -> None:
    hidden = f'="{text}"'
    wanted = (text.strip(BLANKS), text.strip(BLANKS), text.strip(BLANKS))
    seen = con.execute(
        "select trimmed(t), bare(q), bare(h) from (select $1 as t, '''' || $1 as q, $2 as h)", [text, hidden]
    ).fetchone()
    assert seen == wanted


PLACE = """
    with trimmed_cells as (select trimmed(t) as t from (select {cell} as t from (select $1 as t))),
    bare_cells as (select bare(t) as t from trimmed_cells),
    present_cells as (select present(t) as t from bare_cells)
    select parse_province(t), parse_city(t) from present_cells
"""


PARTS = st.sampled_from(
    [
        *(" ", "  ", ",", "，", "\t", "3", "中国", "北京", "云南", "云南省", "内蒙古自治区"),
        *("昆明市", "昆明", "大理白族自治州", "五华区", "翠湖路", "市", "省"),
    ]
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.lists(PARTS, max_size=9).map("".join), st.sampled_from(["", *BLANKS, "'", " '", '="', ' ="', "=", '"']))
def test_the_head_of_an_address_tells_province_and_city(
    con: duckdb.DuckDBPyConnection, address: str, before: str
) -> None:
    cell = before + address + ('"' if before.endswith('="') else "")
    whole, head = (con.execute(PLACE.format(cell=way), [cell]).fetchall() for way in ("t", "place_of(t)"))
    assert head == whole
