"""Decimal commas such as 19,99 and 1.234,50, where a file's own numbers prove them.

One or two digits behind the last comma can only be decimals. 19.99 or 1,234 in the same file proves the contrary.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
from sqlglot import exp

from shopwatch.catalog.headers import position_of
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detected_file import DetectedFile
from shopwatch.ingest.readers import RecordCounts, read
from shopwatch.ingest.typed_rows import cells_of, doubted_numbers

MAY_HAVE_COMMAS = """
    select 1
    from cells
    where list_contains($1, problem) and has_decimal_comma(problem_value) and is_data
    limit 1
"""


def read_values(
    con: duckdb.DuckDBPyConnection, detected: DetectedFile, scratch: Path
) -> tuple[DetectedFile, RecordCounts]:
    """Read a file's cells as values, and once more if some of its numbers may have decimal commas.

    Raises RejectedError like `read`.
    """
    counted = _read(con, detected, scratch)
    numbers = doubted_numbers(detected.detection.contract)
    if con.execute(MAY_HAVE_COMMAS, [numbers]).fetchone():
        detected = replace(detected, decimal_comma=_proves_commas(con, detected, scratch))
        counted = _read(con, detected, scratch)
    return detected, counted


def _read(con: duckdb.DuckDBPyConnection, detected: DetectedFile, scratch: Path) -> RecordCounts:
    return read(con, detected.detection, scratch, cells_of(con, detected.detection, detected.lineage))


def _proves_commas(con: duckdb.DuckDBPyConnection, detected: DetectedFile, scratch: Path) -> bool:
    """True if the file's numbers agree on decimal commas. Forgets the rows read before."""
    con.execute(library_sql("ingest/clear"))
    found, columns = detected.detection, detected.detection.contract.columns
    places = {position_of(columns[name].headers, found.headers) for name in doubted_numbers(found.contract)}
    numbers = exp.array(*(exp.column(f"c{at}") for at in sorted(at for at in places if at is not None)))
    query = exp.select(exp.alias_(numbers, "numbers")).from_("source").sql("duckdb")
    try:
        read(con, found, scratch, query)
        ((proves,),) = con.execute(library_sql("ingest/decimal_commas")).fetchall()
    finally:
        con.execute(library_sql("ingest/clear"))
    return bool(proves)
