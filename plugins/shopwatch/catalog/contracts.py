"""Export contracts: the YAML files under ``include/sources``, read and validated."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError, model_validator

from shopwatch.catalog.checks import Check
from shopwatch.catalog.headers import plain, position_of
from shopwatch.catalog.money import HERE, Money
from shopwatch.catalog.stated import SpanHeaders, StatedPeriod, Version
from shopwatch.core.declaration import Declaration
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import Title
from shopwatch.core.strict_yaml import closest, declaration_error, line_of, read_yaml

DateOrder = Literal["year_first", "day_first", "month_first"]
ColumnType = Literal[
    "id",
    "text",
    "category",
    "pseudonym",
    "province",
    "city",
    "currency",
    "money",
    "price",
    "count",
    "ratio",
    "score",
    "seconds",
    "day",
    "timestamp",
]

STORED_AS: dict[str, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "category": "VARCHAR",
    "pseudonym": "VARCHAR",
    "province": "VARCHAR",
    "city": "VARCHAR",
    "currency": "VARCHAR",
    "money": "DECIMAL(18,2)",
    "price": "DECIMAL(18,4)",
    "count": "BIGINT",
    "ratio": "DOUBLE",
    "score": "DOUBLE",
    "seconds": "DOUBLE",
    "day": "DATE",
    "timestamp": "TIMESTAMP",
}
PERSONAL = frozenset({"pseudonym", "province", "city"})  # their cells name or locate a person


Blank = Literal["zero", "missing", "not_applicable"]
BLANKS = ("", "-", "--")
COUNTED = frozenset({"money", "price", "count"})  # types with a meaningful zero


class Column(Declaration):
    """Typed column and its possible headers, the usual one first.

    ``{currency}`` in a header matches any currency code. ``until``: header of the first day of a range -> header of its
    last day; a row with a range longer than one day has no day. ``product_of``: two columns whose rounded product is
    the value in files without any of the headers. ``optional_with``: column whose presence in a file makes this one
    optional.
    ``negate``: the export states the amount with the opposite sign (a refund as the seller's loss). ``blank``: meaning
    of an empty cell, ``-`` and ``--``, one for all or one each; also words that an export writes instead of a zero.
    ``fingerprint``: the value is a hash of the whole row, missing if a header's cell is blank or ``All``. In a key, it
    lets rows of finer grain (ads, devices) add up and keeps duplicate rows out.
    ``rewrite``: regular expression and replacement, applied to each cell before typing (``\\1`` is group 1).
    ``one_of``: each row fills one of the headers; a row that fills several has no value. Where blanks mean zero, a 0
    is not filled. With ``rewrite``: the first of the headers whose cell the expression matches.
    """

    model_config = ConfigDict(populate_by_name=True)

    headers: Annotated[tuple[str, ...], Field(alias="from", min_length=1)]
    type: ColumnType
    values: dict[str, str] = {}
    optional: bool = False
    optional_with: str | None = None
    blank: Blank | dict[str, Blank] = "missing"
    until: dict[str, str] = {}
    product_of: tuple[str, ...] = ()
    negate: bool = False
    fingerprint: bool = False
    rewrite: tuple[re.Pattern[str], str] | None = None
    one_of: bool = False

    @model_validator(mode="before")
    @classmethod
    def _one_header_or_several(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("from"), str):
            return {**data, "from": (data["from"],)}
        return data

    @property
    def zeros(self) -> tuple[str, ...]:
        """Cells without a number that mean zero."""
        if isinstance(self.blank, dict):
            return tuple(text for text, meaning in self.blank.items() if meaning == "zero")
        return BLANKS if self.blank == "zero" else ()

    @model_validator(mode="after")
    def _zero_is_of_what_is_counted(self) -> Column:
        if self.zeros and self.type not in COUNTED:
            raise ValueError(f"`blank: zero` belongs to columns of type {', '.join(sorted(COUNTED))}")
        if isinstance(self.blank, dict) and (words := self.blank.keys() - {*BLANKS, *self.zeros}):
            raise ValueError(f"`blank`: a word can mean `zero` only, not {', '.join(sorted(words))}")
        return self

    @model_validator(mode="after")
    def _categories_have_values(self) -> Column:
        if (self.type == "category") != bool(self.values):
            raise ValueError("`values` belongs to columns of type category, and to each of them")
        return self

    @model_validator(mode="after")
    def _ranges_and_products_are_whole(self) -> Column:
        if self.until and (self.type != "day" or not self.until.keys() <= set(self.headers)):
            raise ValueError("`until` belongs to columns of type day, and its keys are headers under `from`")
        if self.product_of and (self.type not in ("money", "price") or len(self.product_of) != 2):
            raise ValueError("`product_of` names two columns, and belongs to columns of type money or price")
        if self.negate and self.type != "money":
            raise ValueError("`negate` belongs to columns of type money")
        if self.fingerprint and not (self.type == "text" and self.optional):
            raise ValueError("`fingerprint` belongs to optional columns of type text")
        return self


OWN = "own"
"""Folder under ``include/sources`` whose contracts win over others that match a file equally well."""
MONEY_TABLES = frozenset({"orders", "order_lines"})
"""Raw tables whose contracts declare ``money``."""
STEPS = ("_cell", "_number", "_sure", "_zero")
"""Suffixes of the intermediate columns between a cell and its typed value."""


class TemplateCell(Declaration):
    """Presentation of one column in a template. ``width`` in characters, ``format`` as a spreadsheet number format.

    ``suggest``: entries of a drop-down that also accepts free text.
    """

    note: Title
    example: Title | datetime | date | int | float | str = ""
    width: Annotated[int, Field(ge=6, le=60)] = 13
    format: str | None = None
    suggest: tuple[Title, ...] = ()


class Template(Declaration):
    """Workbook of an export that people fill in by hand: a hint above the header row, and the cells by column."""

    hint: Title
    cells: dict[str, TemplateCell]


class Listing(Declaration):
    """The export's line in the list of docs/exports.md: platform, file format as downloaded, and what is special."""

    platform: str = ""
    file: str = ""
    notes: str = ""


class Contract(Declaration):
    """Contract of one export: detection, column types, checks and dropped headers.

    ``unless``: headers that prove a file belongs to another export. ``sheet``: the sheet to use if several in a
    workbook match. ``column_order``: all headers in column order, for csv files without a header row. ``fill_down``:
    columns written only on the first line of each ``key``. ``span``: headers of the first and last day for which the
    file holds all events, including days without any. ``constants``: columns with one value for the whole export.
    ``measured_by``: the column that must be filled for blanks in its row to count as zeros (an ad's spend, a product's
    visitors). ``absent``: meaning of a key that a complete list held and a later one lacks. ``money``: meaning of order
    amounts. ``period``: source of a file's day; with ``day: period`` always, otherwise if no column of ``day`` is
    present.
    ``standing``: rows stay valid until replaced (a price, a target), so they have no day.
    ``template``: the workbook that people fill in. Its headers and drop-down entries come from ``columns``; ``skip``
    excludes its example row.
    """

    export: str
    title: Title
    listing: Listing = Listing()
    recognise: Annotated[tuple[str, ...], Field(min_length=2)]
    unless: tuple[str, ...] = ()
    sheet: str | None = None
    column_order: tuple[str, ...] = ()
    table: str
    mode: Literal["snapshot", "upsert"]
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    version: Version
    day: tuple[str, ...] | Literal["version", "period"]
    period: StatedPeriod | None = None
    span: SpanHeaders | None = None
    date_order: DateOrder | dict[str, DateOrder] = "year_first"
    day_starts_at: Annotated[int, Field(ge=0, le=23)] = 0
    default_shop: str | None = None
    standing: bool = False
    skip: dict[str, tuple[str, ...]] = {}
    only: dict[str, tuple[str, ...]] = {}
    decimal_comma: bool = False
    columns: dict[str, Column]
    money: Money | None = None
    constants: dict[str, str] = {}
    fill_down: tuple[str, ...] = ()
    absent: Literal["zero", "unknown"] = "unknown"
    measured_by: str | None = None
    drop: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    template: Template | None = None
    tolerate: Annotated[float, Field(ge=0, le=1)] = 0.2
    hash: str = ""
    folder: str = ""
    is_own: bool = False

    @model_validator(mode="after")
    def _names_exist(self) -> Contract:
        known = {*self.columns, "day"}
        days = () if isinstance(self.day, str) else self.day
        rows = tuple(name for name in (self.version.rows, self.measured_by) if name)
        factors = {name for column in self.columns.values() for name in column.product_of}
        substitutes = {column.optional_with for column in self.columns.values() if column.optional_with}
        named = {*self.key, *days, *rows, *self.fill_down, *factors, *substitutes}.union(
            *(check.named() for check in self.checks)
        )
        for name in sorted(named - known):
            raise ValueError(f"unknown column `{name}`{closest(name, known)}")
        for name, value in ((name, value) for check in self.checks for name, of in check.where.items() for value in of):
            categories = set(self.columns[name].values.values()) if name in self.columns else set()
            if value not in categories:
                raise ValueError(f"`where`: `{name}` is never `{value}`{closest(value, categories)}")
        for name in sorted(f"{column}{step}" for column in self.columns for step in STEPS):
            if name in self.columns:
                raise ValueError(
                    f"`{name}` is reserved for a step of another column during the load: choose another name"
                )
        for name in sorted(self.constants.keys() & known):
            raise ValueError(f"`{name}` is a constant and a column")
        if (self.table in MONEY_TABLES) != (self.money is not None):
            raise ValueError(
                f"`money` belongs to contracts of {' and '.join(sorted(MONEY_TABLES))}, and to each of them; it states "
                "whether the paid amount is before refunds (gross) or after them (net_of_refunds), whether prices "
                "include the tax, and which export reports refunds: "
                "`money: {paid: gross, tax: included, refunds: here}` (docs/exports.md, Money)"
            )
        is_fallback = bool(days) and all(self.columns[name].optional for name in days if name in self.columns)
        if (self.day == "period") != (self.period is not None) and not (self.period and is_fallback):
            raise ValueError("`day: period` and `period` belong together, or `period` and optional columns under `day`")
        if self.template and self.template.cells.keys() != self.columns.keys():
            differ = sorted(self.template.cells.keys() ^ self.columns.keys())
            raise ValueError(f"`template` has a cell for each column and no other: {', '.join(differ)}")
        if self.template and not self.skip:
            raise ValueError("`template` needs `skip`: the header and the mark of the example row")
        return self

    @model_validator(mode="after")
    def _column_order_is_a_header(self) -> Contract:
        if not (order := tuple(map(plain, self.column_order))):
            return self
        aliases = {plain(h): c.headers for c in self.columns.values() for h in c.headers}
        needed = [c.headers for c in self.columns.values() if not c.optional and not c.product_of]
        needed += [aliases.get(plain(header), (header,)) for header in self.recognise]
        if lacking := [headers[0] for headers in needed if position_of(headers, order) is None]:
            raise ValueError(f"`column_order` lacks headers that every file has: {', '.join(dict.fromkeys(lacking))}")
        if len(set(order)) < len(order) or "" in order:
            raise ValueError("`column_order` names each column once, and none is empty")
        return self

    def __hash__(self) -> int:
        return hash((self.export, self.hash))

    @property
    def personal(self) -> frozenset[str]:
        """Headers whose cells are never stored verbatim."""
        of_people = (c.headers for c in self.columns.values() if c.type in PERSONAL)
        return frozenset(self.drop).union(*of_people)

    @property
    def covers_span(self) -> bool:
        """True if the export lists events, so that it covers every day between its first row and its end."""
        return self.mode == "upsert" and not self.standing and self.day != "version"

    @property
    def ad_account(self) -> str:
        """Ad account that pays for the ads of a report."""
        return self.constants.get("ad_account", self.export)

    @property
    def feeds(self) -> str:
        """Input whose days the export covers: order lines with order or payment times cover ``orders``."""
        is_dated = self.columns.keys() & {"ordered_at", "paid_at"}
        return "orders" if self.table == "order_lines" and is_dated else self.table

    def all_checks(self) -> tuple[Check, ...]:
        """Declared checks plus those implied by the key; optional key columns may be empty."""
        key = tuple(c for c in self.key if c in self.columns and not self.columns[c].optional)
        implied = [Check(expect="not_null", column=c, level="fail") for c in (*key, "day")]
        if self.mode == "snapshot":
            implied.append(Check(expect="unique", columns=self.key, level="fail"))
        return (*implied, *self.checks)


def load_contracts(include: Path) -> dict[str, Contract]:
    """Contracts under ``include/sources``, keyed and sorted by export name.

    Raises DeclarationError for a broken file, a duplicate name, conflicting types of one table column, or
    ``money.refunds`` that names an export without refunds.
    """
    paths = sorted(path for path in (include / "sources").rglob("*") if path.suffix in (".yaml", ".yml"))
    return dict(_contracts(tuple((path, path.read_bytes()) for path in paths)))


@lru_cache(maxsize=8)  # one night requests them a dozen times
def _contracts(files: tuple[tuple[Path, bytes], ...]) -> dict[str, Contract]:
    contracts: dict[str, Contract] = {}
    paths: dict[str, Path] = {}
    for path, content in files:
        try:
            contract = Contract.model_validate(read_yaml(path))
        except ValidationError as error:
            raise declaration_error(path, error, Contract) from error
        if contract.export in contracts:
            raise DeclarationError(f"{path}: a second contract is called {contract.export}")
        digest = hashlib.sha256(content).hexdigest()
        found = {"hash": digest, "folder": path.parent.name, "is_own": OWN in path.parts}
        contracts[contract.export] = contract.model_copy(update=found)
        paths[contract.export] = path
        try:
            table_columns(contracts)
        except DeclarationError as error:
            raise DeclarationError(f"{path}: {error}") from error
    for export, path in paths.items():
        _check_refund_exports(path, contracts[export], contracts)
    return dict(sorted(contracts.items()))


def _check_refund_exports(path: Path, contract: Contract, contracts: dict[str, Contract]) -> None:
    refund_exports = {
        c.export for c in contracts.values() if c.table == "refunds" or (c.money and c.money.is_refund_here)
    }
    for name in contract.money.refunds if contract.money else ():
        if name == HERE or name in refund_exports:
            continue
        line = line_of(path.read_text("utf-8"), ("money", "refunds"))
        known = closest(name, {*refund_exports, HERE})
        what = "feeds no `refunds`" if name in contracts else "is no export"
        raise DeclarationError(f"{path}: line {line}: money.refunds: `{name}` {what}{known}")


def table_columns(contracts: dict[str, Contract]) -> dict[str, dict[str, str]]:
    """Raw table -> column -> DuckDB type: the union over its contracts."""
    tables: dict[str, dict[str, str]] = {}
    for contract in contracts.values():
        columns = tables.setdefault(contract.table, {})
        own = {name: STORED_AS[column.type] for name, column in contract.columns.items()}
        own |= dict.fromkeys(contract.constants, "VARCHAR")
        for name, stored in own.items():
            if columns.setdefault(name, stored) != stored:
                raise DeclarationError(
                    f"{contract.export}: {contract.table}.{name} is {stored} here and {columns[name]} elsewhere"
                )
    return tables
