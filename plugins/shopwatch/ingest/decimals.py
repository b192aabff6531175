"""Decimal commas such as 19,99 and 1.234,50, where a file's own numbers prove them.

One or two digits behind the last comma can only be decimals. 19.99 or 1,234 in the same file proves the contrary. An
amount such as 1.234 is read only if the file's other numbers show what its point means. Number cells of a workbook
are never in doubt and prove nothing: they have no decimal mark.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import duckdb
from sqlglot import exp

from shopwatch.catalog.headers import position_of
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detected_file import DetectedFile
from shopwatch.ingest.readers import read
from shopwatch.ingest.record_counts import RecordCounts
from shopwatch.ingest.type_sql import NUMBERS
from shopwatch.ingest.typed_rows import DecimalMark, cells_of, doubted_amounts, doubted_numbers

IS_DOUBTED = """
    select 1
    from cells
    where
        is_data
        and (
            (list_contains($numbers, problem) and has_decimal_comma(problem_value))
            or (list_contains($amounts, problem) and has_thousand_point(problem_value))
        )
    limit 1
"""


def read_values(
    con: duckdb.DuckDBPyConnection, detected: DetectedFile, scratch: Path
) -> tuple[DetectedFile, RecordCounts]:
    """Read a file's cells as values, and once more if the decimal mark of some of its numbers is in doubt.

    Raises RejectedError like `read`.
    """
    counted = _read(con, detected, scratch)
    contract = detected.detection.contract
    doubted = {"numbers": doubted_numbers(contract), "amounts": doubted_amounts(contract)}
    if con.execute(IS_DOUBTED, doubted).fetchone():
        detected = replace(detected, proven_mark=_proven_mark(con, detected, scratch))
        counted = _read(con, detected, scratch)
    return detected, counted


def _read(con: duckdb.DuckDBPyConnection, detected: DetectedFile, scratch: Path) -> RecordCounts:
    return read(con, detected.detection, scratch, cells_of(con, detected.detection, detected.lineage))


def _proven_mark(con: duckdb.DuckDBPyConnection, detected: DetectedFile, scratch: Path) -> DecimalMark | None:
    """Decimal mark on which the file's numbers agree. Forgets the rows read before."""
    con.execute(library_sql("ingest/clear"))
    found, columns = detected.detection, detected.detection.contract.columns
    numbers = (column for column in columns.values() if column.type in NUMBERS)
    places = {position_of(column.headers, found.headers) for column in numbers}
    cells = exp.array(*(exp.column(f"c{at}") for at in sorted(at for at in places if at is not None)))
    query = exp.select(exp.alias_(cells, "numbers")).from_("source").sql("duckdb")
    try:
        read(con, found, scratch, query, texts_only=True)
        ((mark,),) = con.execute(library_sql("ingest/decimal_mark")).fetchall()
    finally:
        con.execute(library_sql("ingest/clear"))
    return cast(DecimalMark | None, mark)
