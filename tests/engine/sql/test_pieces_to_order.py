"""Pieces to order agree with the textbook: Jacobs and Chase, Operations and Supply Chain Management."""

from __future__ import annotations

import duckdb
import pytest

from shopwatch.core.settings import Settings
from shopwatch.warehouse.connections import model_macros


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (150, 331),  # theirs: 10 a day, deviation 3, 30 days and 14 to arrive, 98 %: 440 + 2.05 x 19.9 - 150
        (163, 318),  # up to the reorder point, 140 + 2.05 x 3 x 3.742 = 163.01
        (164, 0),
    ],
)
def test_the_quantity_is_that_of_the_textbook(there: int, expected: int) -> None:
    with duckdb.connect() as con:
        con.execute(model_macros(Settings()))
        assert con.execute("select pieces_to_order(10, 3, 14, 30, 2.05, $1)", [there]).fetchone() == (expected,)
