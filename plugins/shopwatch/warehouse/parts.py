"""Parts of a shop warehouse: each shard hands over its judged one as a file, with a fingerprint of its slices."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlglot import exp

from shopwatch.core.durable import private_folder, put, remove_leftovers
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import choose_threads, run_script, transaction

OF_THE_WHOLE = ("meta", "seed", "review")
"""Schemas that are written anew for all shops."""
OF_THE_STORE = frozenset({"ops.alerts", "ops.alert_events", "ops.decisions"})
WORKING = ("ops.judged_", "ops.news_")
"""Tables for the next night of the same shard, and those written anew, begin with one of these."""
MONTH_OF = ("day", "week_start", "period_start")
"""Date columns that divide a shop's rows into monthly slices; the first one present in a table is used."""


@dataclass(frozen=True)
class Part:
    """A shard's judged shop warehouse. ``shops``: those that the shard has now; the rows of others are left out.

    ``has_strays``: rows of no declared shop, such as those of files outside every shop's folder, are the shard's.
    """

    shard: str
    path: Path
    night: date
    shops: tuple[str, ...]
    has_strays: bool


def hand_over(settings: Settings) -> str:
    """Copy the shard's shop warehouse to where every worker can read it; returns the file's name.

    It becomes the shard's part once the store names it; no other process may have the warehouse open. Its slices are
    fingerprinted here, where shards work at once, so that the gathering reads only those that changed.
    """
    private_folder(settings.handed_over())
    with duckdb.connect(settings.shop_warehouse) as con:
        choose_threads(con, settings.shop_warehouse)
        with transaction(con):
            _fingerprint(con)
        con.execute("checkpoint")
    name = f"{uuid4().hex}.duckdb"
    fresh = settings.handed_over() / f".{name}.new"
    shutil.copyfile(settings.shop_warehouse, fresh)
    fresh.chmod(0o600)
    put(fresh, settings.handed_over() / name)
    return name


def remove_earlier(settings: Settings, part: str) -> None:
    """Remove the files that the shard handed over, but for its part. A gathering that reads one keeps it open."""
    remove_leftovers(path for path in settings.handed_over().iterdir() if path.name != part)


def _fingerprint(con: duckdb.DuckDBPyConnection) -> None:
    """Write ``meta.slices``."""
    con.execute(library_sql("warehouse/part_slices_start"))
    for (_, name), types in tables_of_parts(con).items():
        if is_gathered(name) and "shop" in types:
            names = {"sliced_table": name, "slice_month": slice_month(types)}
            run_script(con, library_sql("warehouse/part_slices"), names, {"name": name})


def is_gathered(table: str) -> bool:
    """Whether a table of the whole has the rows of the parts."""
    schema = table.partition(".")[0]
    return schema not in OF_THE_WHOLE and table not in OF_THE_STORE | {"ops.shards"} and not table.startswith(WORKING)


def slice_month(types: Mapping[str, str]) -> str:
    """Expression of a row's month, of a table ``rows`` with these columns; NULL if it has no day."""
    column = next((column for column in MONTH_OF if types.get(column) == "DATE"), None)
    if column is None:
        return "cast(null as date)"
    month = exp.cast(exp.func("date_trunc", exp.Literal.string("month"), exp.column(column, table="rows")), "DATE")
    return month.sql("duckdb")


def tables_of_parts(con: duckdb.DuckDBPyConnection) -> dict[tuple[int | None, str], dict[str, str]]:
    """Number of an attached part, None for the opened warehouse, and table -> type of each column."""
    found = con.execute(library_sql("warehouse/tables_of_parts")).fetchall()
    return {(number, table): types for number, table, types in found}
