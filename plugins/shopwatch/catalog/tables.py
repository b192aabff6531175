"""Tables of ``include/tables.yaml``: each a page with search and filters, and most a sheet of the week's workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from shopwatch.core.declaration import Declaration
from shopwatch.core.i18n import Title
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import declaration_error, read_yaml

Look = Literal[
    "text", "prose", "name", "id", "shop", "word", "department",
    "money", "moved", "points", "share", "ratio", "count", "number", "change", "day", "metric", "limit",
]  # fmt: skip
"""Format of a column's values. ``word``: a code, shown as its translation; ``metric``: a number in the row's unit;
``limit``: one without trailing zeros, as limits are written."""


class TableColumn(Declaration):
    """One column: its head, its look, its least width in the workbook in characters.

    ``word``: column with a code, whose translation replaces the value. ``metric``: KPI that the column shows, or whose
    change it shows: its definition explains the head, its direction decides which change is better.
    ``defines``: each cell is explained by the definition of the KPI in the row's ``metric``.
    """

    title: Title
    look: Look = Field(alias="as")
    width: int = 12
    word: str | None = None
    metric: str | None = None
    defines: bool = False


class Table(Declaration):
    """One table: the statement that returns its rows, and its columns.

    ``fixed``: the last column that stays in sight; on the page it links to what ``opens`` names: ``entity`` (the rows
    have entity_type and entity) or ``alert`` (alert_key). ``search``: columns that the page's search looks through.
    ``filters``: columns to choose values of. ``sums``: columns of money that the page adds up per
    currency. ``newest``: True if the page opens at the newest week, not at the last closed one.
    ``any_days``: True if the page asks for a first and a last day instead of a week.
    ``sheet``: True if the workbook has the table whenever it has rows, False if it leaves it out; or stages of the
    manual: the workbook has it in weeks with an open alert of one of them.
    """

    title: Title
    note: Title
    statement: str
    values: dict[str, Any] = {}
    fixed: str
    opens: Literal["entity", "alert"] | None = None
    search: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    newest: bool = False
    any_days: bool = False
    sheet: bool | tuple[int, ...] = True
    columns: dict[str, TableColumn]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Table:
        unknown = sorted({self.fixed, *self.filters, *self.sums} - self.columns.keys())
        if unknown:
            raise ValueError(f"no column {', '.join(unknown)}: `fixed`, `filters` and `sums` name columns of the table")
        if self.any_days and self.sheet is not False:
            raise ValueError("a table with `any_days` cannot be a sheet of the weekly workbook: add `sheet: false`")
        return self

    @property
    def metrics(self) -> set[str]:
        """KPIs that the columns name."""
        return {column.metric for column in self.columns.values() if column.metric}

    def is_in_workbook(self, stages: set[int]) -> bool:
        """True if the workbook of a week with open alerts of these stages has the table."""
        return self.sheet if isinstance(self.sheet, bool) else not stages.isdisjoint(self.sheet)

    def sql(self, include: Path) -> str:
        """The statement: the shop's own file below ``include/sql``, else the library's."""
        own = include / "sql" / f"{self.statement}.sql"
        return own.read_text("utf-8") if own.is_file() else library_sql(self.statement)


_TABLES = TypeAdapter(dict[str, Table])


def load_tables(include: Path) -> dict[str, Table]:
    """Tables in their order. Raises DeclarationError naming file and key."""
    path = include / "tables.yaml"
    try:
        return _TABLES.validate_python(read_yaml(path))
    except ValidationError as error:
        raise declaration_error(path, error, Table) from error
