"""Sums of a table per currency."""

from __future__ import annotations

import duckdb

from shopwatch.catalog.tables import load_tables
from shopwatch.core.i18n import page_words
from shopwatch.core.settings import Settings
from shopwatch.web.sums import currency_sums

INCLUDE = Settings().include


def test_each_currency_has_its_sums_and_a_sum_over_some_rows_names_their_number() -> None:
    rows = duckdb.sql(
        "select currency, revenue, spend, profit from (values "
        "('CNY', 1000.50, null, 3), ('CNY', 2000, null, null), ('GBP', 9, 9, 9), ('GBP', 1, 1, -10), "
        "('USD', 5, 5, 5)) as shops (currency, revenue, spend, profit)"
    )
    table = load_tables(INCLUDE)["shops"]
    assert currency_sums(rows, table, page_words(INCLUDE, "en")) == [
        "CNY in all: Revenue ¥3,000.50 · Profit ¥3 (1 row with data)",
        "GBP in all: Revenue £10 · Ad spend £10 · Profit −£1",
    ]
    assert (
        currency_sums(rows, table, page_words(INCLUDE, "zh"))[0] == "CNY 合计：成交额 ¥3,000.50 · 利润 ¥3（1 行有数）"
    )
