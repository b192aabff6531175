"""Codes in the published tables, such as why a period was not judged, explained in ``meta.codes``."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow
from pydantic import TypeAdapter, ValidationError

from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title
from shopwatch.core.strict_yaml import read_yaml

TABLE = "create or replace table meta.codes (column_name varchar, code varchar, meaning_zh varchar, meaning_en varchar)"
_CODES = TypeAdapter(dict[str, dict[str, Title]])


def load_codes(include: Path) -> dict[str, dict[str, Title]]:
    """Column -> code -> meaning, of ``include/codes.yaml``; raises DeclarationError naming file and key."""
    path = include / "codes.yaml"
    if not path.exists():
        return {}
    try:
        return _CODES.validate_python(read_yaml(path))
    except ValidationError as error:
        raise DeclarationError(f"{path}: {error}") from error


def write_codes(con: duckdb.DuckDBPyConnection, include: Path) -> None:
    """Fill ``meta.codes``."""
    con.execute(TABLE)
    rows = [
        {"column_name": column, "code": code, "meaning_zh": meaning.zh, "meaning_en": meaning.en}
        for column, codes in load_codes(include).items()
        for code, meaning in codes.items()
    ]
    if rows:
        con.from_arrow(pyarrow.Table.from_pylist(rows)).insert_into("meta.codes")
