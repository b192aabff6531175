"""Search for personal data before publishing: telephone numbers, e-mail addresses, identity card numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path

import duckdb
from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation, Expression, FunctionExpression
from pydantic import ValidationError

from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import ShopwatchError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import declaration_error, read_yaml
from shopwatch.warehouse.connections import ONE_THREAD, choose_threads
from shopwatch.warehouse.integrity import has_table
from shopwatch.warehouse.written import is_news

EDGE = r"(?:^|[^0-9A-Za-z.]|(?:^|\D)\.)", r"(?:$|[^0-9A-Za-z.]|\.(?:$|\D))"  # decimals do not count
GAP = r"[\s\p{Zs}\p{Pd}.]"
BIRTH = r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
SHAPES = {
    "a telephone number": rf"(?:(?:[+＋]|00)?86{GAP}?)?1[3-9]\d(?:{GAP}{{0,2}}\d{{4}}){{2}}",
    "an e-mail address": r"[\w.%+-]+[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
    "an identity card number": rf"[1-8]\d{{5}}{GAP}?{BIRTH}{GAP}?\d{{3}}[\dXxＸ]",
}


def _with_full_width(shape: str) -> str:
    """Extend a pattern to full-width digits."""
    found = r"\{[\d,]+\}|\\[dD]|\[[^]]*\]|\d"
    return re.sub(found, lambda part: _wide(part[0]), shape)


def _wide(part: str) -> str:
    """Widen one part of a pattern: ``3``, ``[3-9]`` and ``\\d`` also match full-width digits; a count stays."""
    if part[0] == "{":
        return part
    inner = part.strip("[]").replace(r"\d", "0-9")
    if part == r"\D":
        return "[^0-9０-９]"
    return f"[{inner}{''.join(re.findall('[0-9](?:-[0-9])?', inner)).translate(FULL_WIDTH)}]"


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
PATTERNS = {kind: _with_full_width(shape.join(EDGE)) for kind, shape in SHAPES.items()}
SHAPE_ALONE = {kind: _with_full_width(shape) for kind, shape in SHAPES.items()}
IN_TEXT = tuple(
    re.compile(
        _with_full_width(f"({EDGE[0]})({shape})(?={EDGE[1]})")
        .replace(r"\p{Zs}", "")  # part of \s in Python
        .replace(r"\p{Pd}", r"\-\u2010-\u2015\ufe58\ufe63\uff0d")
    )
    for shape in SHAPES.values()
)
"""The same patterns for Python: what stands before a match, and the match."""
WORD = re.compile(r"\w")
ANY = "|".join(PATTERNS.values())
TOGETHER = 8  # tables searched by one statement; most of its cost in a small shop is compiling the pattern
UNIT_SEPARATOR = "\x1f"  # no pattern contains it, so no match spans two columns


def mask(text: str) -> str:
    """The text with the personal data that it contains masked, as in ``138********``."""
    for pattern in IN_TEXT:
        text = pattern.sub(lambda found: found[1] + _masked(found[2]), text)
    return text


def mask_name(name: str) -> str:
    """The name of a file, masked, with its ending."""
    ending = re.search(r"\.[A-Za-z]{2,12}$", name)
    masked = mask(name)
    return masked[: ending.start()] + ending[0] if ending else masked


def mask_values(value: object) -> object:
    """The value with every text in it masked, also within lists and mappings."""
    match value:
        case str():
            return mask(value)
        case list() | tuple():
            return [mask_values(one) for one in value]
        case dict():
            return {name: mask_values(one) for name, one in value.items()}
    return value


def _masked(match: str) -> str:
    shown = len(re.split("[@＠]", match)[0][:3])
    return match[:shown] + WORD.sub("*", match[shown:])


class PersonalDataError(ShopwatchError, RuntimeError):
    """Data about to be published appears to identify a person."""


@dataclass(frozen=True)
class SuspectColumn:
    """A column with values that look like personal data."""

    table: str
    column: str
    kind: str
    rows: int
    example: str
    """The least match, all but its first three characters masked."""

    @property
    def key(self) -> str:
        """Name under which personal.yaml allows the column."""
        return f"{self.table}.{self.column}"

    def __str__(self) -> str:
        return f"{self.key}: {self.rows:,} rows with {self.kind}, such as {self.example}"


class _Declared(Declaration):
    allowed: dict[str, str] = {}


def require_no_personal_data(settings: Settings) -> None:
    """Raise PersonalDataError naming tables and columns if text in the shop warehouse looks like personal data.

    Rows of models that did not change since a search that found nothing are not searched again, unless the patterns or
    the columns that are allowed changed.
    """
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute(ONE_THREAD)
        allowed = _allowed(settings.include / "personal.yaml")
        is_recorded = has_table(con, "unsearched", schema="meta")
        con.execute("begin")
        is_known = is_recorded and not is_news(con, "personal data", (PATTERNS, allowed))
        if not is_known:
            choose_threads(con, settings.shop_warehouse)
        found = _find(con, allowed, _changed_rows(con) if is_known else {})
        if not found:
            if is_recorded:
                con.execute("delete from meta.unsearched")
            con.execute("commit")
            return
        con.execute("rollback")
    keys = dict.fromkeys(f"`{one.key}: <why it holds no personal data>`" for one in found)
    raise PersonalDataError(
        f"nothing was published: {'; '.join(map(str, found))}. Name the file's column under `drop`, or as "
        "`pseudonym`, in its contract in include/sources and run `bin/shopwatch replay`; if it holds no personal "
        f"data, add it under `allowed` in include/personal.yaml: {', '.join(keys)}"
    )


def find_personal_data(warehouse: Path, settings: Settings) -> list[SuspectColumn]:
    """Columns of a warehouse with values that look like personal data, except those allowed in personal.yaml.

    Id columns are skipped: any long number may match there, and loading rejects values that are not ids.
    """
    with duckdb.connect(warehouse, read_only=True) as con:
        return _find(con, _allowed(settings.include / "personal.yaml"), {})


def _changed_rows(con: duckdb.DuckDBPyConnection) -> dict[str, Expression | None]:
    """Model -> condition on the rows that changed since the last search; None if none did."""
    conditions: dict[str, Expression | None] = {}
    for table, is_searched, first_day, column in con.execute(library_sql("warehouse/unsearched")).fetchall():
        if is_searched:
            conditions[table] = None
        elif first_day is not None and column is not None:
            conditions[table] = ColumnExpression(column) >= ConstantExpression(first_day)
    return conditions


@dataclass(frozen=True)
class _Texts:
    """Columns of text of a table, and the condition on the rows to search."""

    table: str
    columns: list[str]
    rows: Expression

    def as_one_column(self, con: duckdb.DuckDBPyConnection) -> DuckDBPyRelation:
        """One row of text per row."""
        cells = [ColumnExpression(column).cast("VARCHAR") for column in self.columns]
        text = FunctionExpression("concat_ws", ConstantExpression(UNIT_SEPARATOR), *cells)
        return con.table(self.table).filter(self.rows).select(text.alias("text"))


def _find(
    con: duckdb.DuckDBPyConnection, allowed: list[str], changed: dict[str, Expression | None]
) -> list[SuspectColumn]:
    """``changed``: condition on the rows to search, by table; a table that is not there is searched as a whole."""
    texts: list[_Texts] = []
    for schema, table, columns in con.execute(library_sql("warehouse/text_columns")).fetchall():
        name = f"{schema}.{table}"
        rows = changed.get(name, ConstantExpression(True))
        searched = [one for one in columns if not any(fnmatchcase(f"{name}.{one}", rule) for rule in allowed)]
        if searched and rows is not None:
            texts.append(_Texts(name, searched, rows))
    batches = (texts[first : first + TOGETHER] for first in range(0, len(texts), TOGETHER))
    suspects = (one for batch in batches if _any_matches(con, batch) for one in batch)
    return [find for one in suspects if _any_matches(con, (one,)) for find in _search(con, one.table, one.columns)]


def _search(con: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> list[SuspectColumn]:
    suspects = [
        column
        for column, rows in zip(columns, _counts(con, table, [(column, ANY) for column in columns]), strict=True)
        if rows
    ]
    pairs = [(column, kind) for column in suspects for kind in PATTERNS]
    counts = _counts(con, table, [(column, PATTERNS[kind]) for column, kind in pairs])
    return [
        SuspectColumn(table, *one, rows, _example(con, table, *one))
        for one, rows in zip(pairs, counts, strict=True)
        if rows
    ]


def _any_matches(con: duckdb.DuckDBPyConnection, texts: Sequence[_Texts]) -> bool:
    """True if any of the rows matches. All is one column of text: each pattern in a statement is compiled anew."""
    rows = reduce(DuckDBPyRelation.union, (one.as_one_column(con) for one in texts))
    found = FunctionExpression("regexp_matches", ColumnExpression("text"), ConstantExpression(ANY))
    return rows.filter(found).limit(1).fetchone() is not None


def _example(con: duckdb.DuckDBPyConnection, table: str, column: str, kind: str) -> str:
    """The least match in a column, masked: it shows the shape, not a person's number."""
    pattern = ConstantExpression(SHAPE_ALONE[kind])
    found = FunctionExpression("regexp_extract", ColumnExpression(column).cast("VARCHAR"), pattern)
    matching = con.table(table).filter(_matches(column, PATTERNS[kind]))
    (match,) = matching.aggregate([FunctionExpression("min", found)]).fetchall()[0]
    return _masked(match)


def _counts(con: duckdb.DuckDBPyConnection, table: str, patterns: list[tuple[str, str]]) -> tuple[int, ...]:
    """Number of rows in which each column matches its pattern."""
    if not patterns:
        return ()
    counts = [
        FunctionExpression("count_if", _matches(column, pattern)).alias(f"n{number}")
        for number, (column, pattern) in enumerate(patterns)
    ]
    return tuple(con.table(table).aggregate(counts).fetchall()[0])


def _matches(column: str, pattern: str) -> Expression:
    text = ColumnExpression(column).cast("VARCHAR")
    return FunctionExpression("regexp_matches", text, ConstantExpression(pattern))


def is_allowed(include: Path, column: str) -> bool:
    """True if personal.yaml allows the column (``ops.alerts.entity_name``) to look like personal data."""
    return any(fnmatchcase(column, rule) for rule in _allowed(include / "personal.yaml"))


def _allowed(path: Path) -> list[str]:
    """Patterns of columns that may look like personal data. Raises DeclarationError."""
    if not path.exists():
        return []
    try:
        return list(_Declared.model_validate(read_yaml(path)).allowed)
    except ValidationError as error:
        raise declaration_error(path, error, _Declared) from error
