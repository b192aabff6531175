"""Parts of a shop warehouse: each shard hands over its judged one as a file, and the whole is gathered from them."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlglot import exp

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.durable import private_folder, put, remove_leftovers
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import choose_threads, model_macros, transaction
from shopwatch.warehouse.models import WAREHOUSE, build_order, load_models, tables_read
from shopwatch.warehouse.published_rules import seed_rules
from shopwatch.warehouse.seeds import write_seeds
from shopwatch.warehouse.written import is_news

log = logging.getLogger("shopwatch.warehouse.parts")

OF_THE_WHOLE = ("meta", "seed", "review")
"""Schemas that are written anew for all shops."""
OF_THE_STORE = frozenset({"ops.alerts", "ops.alert_events", "ops.decisions"})
WORKING = ("ops.judged_", "ops.news_")
"""Tables for the next night of the same shard, and those written anew, begin with one of these."""


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


def handed_over(settings: Settings) -> Path:
    """Folder of what the shard handed over, in the home, where every worker can read it."""
    return settings.archive.parent / "judged"


def hand_over(settings: Settings) -> str:
    """Copy the shard's shop warehouse to where every worker can read it; returns the file's name.

    It becomes the shard's part once the store names it; no other process may have the warehouse open.
    """
    private_folder(handed_over(settings))
    with duckdb.connect(settings.shop_warehouse) as con:
        con.execute("checkpoint")
    name = f"{uuid4().hex}.duckdb"
    fresh = handed_over(settings) / f".{name}.new"
    shutil.copyfile(settings.shop_warehouse, fresh)
    fresh.chmod(0o600)
    put(fresh, handed_over(settings) / name)
    return name


def remove_earlier(settings: Settings, part: str) -> None:
    """Remove the files that the shard handed over, but for its part. A gathering that reads one keeps it open."""
    remove_leftovers(path for path in handed_over(settings).iterdir() if path.name != part)


def gather(con: duckdb.DuckDBPyConnection, catalog: Catalog, parts: Sequence[Part], night: date) -> None:
    """Fill the gathered shop warehouse with the rows of all parts, and what is declared for all shops.

    Tables are replaced if any part or the declarations changed, all or none. A table whose rows are of no shop is built
    again by its model, unless that reads the raw warehouse. The night is that of the whole; a part may lag behind it.
    """
    for number, part in enumerate(parts):
        con.execute(f"attach {exp.Literal.string(str(part.path)).sql('duckdb')} as part_{number} (read_only)")
    try:
        choose_threads(con, *(part.path for part in parts))
        with transaction(con):
            con.execute(library_sql("warehouse/warehouse"))
            con.execute(model_macros(catalog.settings))
            write_seeds(con, catalog)
            seed_rules(con, catalog)
            con.execute("create or replace table meta.night as select cast($1 as date) as night", [night])
            con.execute("create or replace table ops.judged_basis as select night, '' as basis from meta.night")
            _record_shards(con, catalog, parts, night)
            if is_news(con, "parts", (parts, sorted(catalog.shops.items()), sorted(catalog.groups.items()))):
                _replace_tables(con, catalog, parts)
    finally:
        for number in range(len(parts)):
            con.execute(f"detach part_{number}")


def late_shops(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Shops whose rows are of an earlier night than that of the whole, or that have none yet, for lack of it."""
    found = con.execute("select shop from ops.shards where is_late order by shop").fetchall()
    return [shop for (shop,) in found]


def _record_shards(con: duckdb.DuckDBPyConnection, catalog: Catalog, parts: Sequence[Part], night: date) -> None:
    """Write ``ops.shards``: the night of each declared shop's rows."""
    nights = {shop: part.night for part in parts for shop in part.shops}
    con.execute(library_sql("warehouse/shards"))
    for name, shop in catalog.shops.items():
        rows_of = nights.get(name)
        is_late = rows_of is None or rows_of < night
        con.execute("insert into ops.shards values ($1, $2, $3, $4)", [name, shop.shard, rows_of, is_late])


def _replace_tables(con: duckdb.DuckDBPyConnection, catalog: Catalog, parts: Sequence[Part]) -> None:
    """Replace the tables with those of the parts, and drop those that no part has."""
    models = load_models(catalog.include, WAREHOUSE)
    found = _tables(con)
    tables = {name: columns for name, columns in found.items() if _is_gathered(name)}
    built = {
        name: models[name]
        for name, of_parts in tables.items()
        if name in models and not any(of_parts.values()) and not _reads_raw(models[name].sql)
    }
    for name, of_parts in tables.items():
        if name not in built:
            con.execute(*_union(name, of_parts, parts, list(catalog.titles)))
    for name in build_order(built, []):
        con.execute(f"create or replace table {name} as {built[name].sql}")
    for name in _own_tables(con) - tables.keys():
        if _is_gathered(name):
            con.execute(exp.Drop(tables=[exp.to_table(name)], kind="TABLE").sql("duckdb"))
    con.execute("delete from meta.unsearched")
    con.execute("insert into meta.unsearched select unnest($1), null", [list(tables)])
    con.execute("insert into meta.unreviewed values (date '1900-01-01')")


def _is_gathered(table: str) -> bool:
    schema = table.partition(".")[0]
    return schema not in OF_THE_WHOLE and table not in OF_THE_STORE | {"ops.shards"} and not table.startswith(WORKING)


def _reads_raw(sql: str) -> bool:
    return any(table.startswith("raw.") for table in tables_read(sql))


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, dict[int, bool]]:
    """Table -> numbers of the parts that have it, each with whether its rows name their shop."""
    tables: dict[str, dict[int, bool]] = {}
    for number, table, has_shop in con.execute(library_sql("warehouse/tables_of_parts")).fetchall():
        tables.setdefault(table, {})[number] = has_shop
    return tables


def _own_tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    found = con.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
    )
    return {table for (table,) in found.fetchall()}


def _union(
    name: str, of_parts: Mapping[int, bool], parts: Sequence[Part], declared: list[str]
) -> tuple[str, dict[str, list[str]]]:
    """Statement that creates a table of the parts' rows, each of its own shops, and the statement's parameters."""
    values: dict[str, list[str]] = {}
    selects: list[exp.Query] = []
    for number, has_shop in sorted(of_parts.items()):
        rows = exp.select("*").from_(exp.to_table(f"part_{number}.{name}"))
        if has_shop:
            own = _in_list("shop", f"shops_{number}")
            values[f"shops_{number}"] = list(parts[number].shops)
            if parts[number].has_strays:
                values["declared"] = declared
                own = exp.or_(own, exp.not_(exp.func("coalesce", _in_list("shop", "declared"), exp.false())))
            rows = rows.where(own)
        selects.append(rows)
    query = selects[0]
    for other in selects[1:]:
        query = exp.Union(this=query, expression=other, distinct=False, by_name=True)
    created = exp.Create(this=exp.to_table(name), kind="TABLE", replace=True, expression=query)
    return created.sql("duckdb"), values


def _in_list(column: str, parameter: str) -> exp.Expr:
    return exp.Anonymous(this="list_contains", expressions=[exp.Parameter(this=exp.var(parameter)), exp.column(column)])
