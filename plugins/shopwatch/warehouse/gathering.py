"""Gathering: the shop warehouse of all shops has the rows of the shards' parts; only slices that changed are copied."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
from sqlglot import exp

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import choose_threads, model_macros, run_script, transaction
from shopwatch.warehouse.models import WAREHOUSE, build_order, load_models, tables_read
from shopwatch.warehouse.parts import Part, is_gathered, slice_month, tables_of_parts
from shopwatch.warehouse.published_rules import seed_rules
from shopwatch.warehouse.seeds import write_seeds
from shopwatch.warehouse.written import is_news

log = logging.getLogger("shopwatch.warehouse.gathering")

SLICES = "meta.slices"
Types = Mapping[str, str]
"""Column -> type."""


def gather(con: duckdb.DuckDBPyConnection, catalog: Catalog, parts: Sequence[Part], night: date) -> None:
    """Bring the gathered shop warehouse up to date with the parts and the declarations of all shops.

    A slice (one month of a shop in a table) is copied whole if its fingerprint changed. A table without a shop column
    is rebuilt by its model, unless the model reads the raw warehouse. ``night``: of the gathered warehouse; a part may
    be of an earlier one.
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
    """Shops with data of an earlier night, or with none yet."""
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
    """Bring the tables up to date with those of the parts, and drop those that no part has."""
    models = load_models(catalog.include, WAREHOUSE)
    tables, own = _tables(con)
    built = {
        name: models[name]
        for name, of_parts in tables.items()
        if name in models
        and not any("shop" in types for types in of_parts.values())
        and not _reads_raw(models[name].sql)
    }
    sliced = _find_changes(con, catalog, parts, {name: found for name, found in tables.items() if name not in built})
    held = {name for (name,) in con.execute("select distinct table_name from meta.written_slices").fetchall()}
    changes = {name: row for name, *row in con.execute(library_sql("warehouse/changed_tables")).fetchall()}
    for name, of_parts in tables.items():
        if name in built:
            continue
        of_parts_alike = all(types == own.get(name) for types in of_parts.values())
        numbers, first_month, is_mostly_new = changes.get(name, ([], None, False))
        if name not in sliced or name not in held or not of_parts_alike or is_mostly_new:
            con.execute(*_union(name, of_parts, parts, list(catalog.titles)))
            _mark_unsearched(con, name, None)
        elif name in changes:
            _replace_slices(con, name, own[name], numbers)
            _mark_unsearched(con, name, first_month)
    for name in build_order(built, []):
        con.execute(f"create or replace table {name} as {built[name].sql}")
        _mark_unsearched(con, name, None)
    for name in own.keys() - tables.keys():
        if is_gathered(name):
            con.execute(exp.Drop(tables=[exp.to_table(name)], kind="TABLE").sql("duckdb"))
    run_script(con, library_sql("warehouse/gather_finish"), {}, {"tables": sorted(sliced)})
    con.execute("insert into meta.unreviewed values (date '1900-01-01')")
    log.info("gathered %s of %s tables that changed", len(changes), len(tables))


def _find_changes(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, parts: Sequence[Part], tables: Mapping[str, Mapping[int, Types]]
) -> set[str]:
    """Find the slices that changed, as the temporary table ``changed_slices``; returns the tables that have slices.

    Such are tables with a shop in every part, if every part has its fingerprints.
    """
    run_script(con, library_sql("warehouse/gather_start"), {}, {})
    sliced = {name for name, of_parts in tables.items() if all("shop" in types for types in of_parts.values())}
    for number, part in enumerate(parts):
        if not con.execute(library_sql("warehouse/part_has_slices"), {"part": f"part_{number}"}).fetchall():
            sliced = set()
            break
        own, values = _own_rows(number, part, list(catalog.titles))
        rows = (
            exp.select(exp.Literal.number(number).as_("part_number"), "*").from_(f"part_{number}.{SLICES}").where(own)
        )
        con.execute(f"insert into temp.wanted by name {rows.sql('duckdb')}", values)
    con.execute("delete from temp.wanted where not list_contains($1, table_name)", [sorted(sliced)])
    con.execute(library_sql("warehouse/gather_changes"))
    return sliced


def _replace_slices(con: duckdb.DuckDBPyConnection, name: str, types: Types, numbers: Sequence[int]) -> None:
    """Replace the changed slices of a table by those of the parts with these numbers."""
    names = {"gathered_table": name, "slice_month": slice_month(types)}
    run_script(con, library_sql("warehouse/gather_delete"), names, {"name": name})
    for number in numbers:
        run_script(
            con,
            library_sql("warehouse/gather_insert"),
            names | {"part_table": f"part_{number}.{name}"},
            {"name": name, "part": number},
        )


def _mark_unsearched(con: duckdb.DuckDBPyConnection, name: str, first_day: date | None) -> None:
    con.execute("insert into meta.unsearched values ($1, $2)", [name, first_day])


def _reads_raw(sql: str) -> bool:
    return any(table.startswith("raw.") for table in tables_read(sql))


def _tables(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, dict[int, Types]], dict[str, Types]]:
    """Gathered table -> columns in each part that has it, by its number; table -> columns in the gathered warehouse."""
    tables: dict[str, dict[int, Types]] = {}
    own: dict[str, Types] = {}
    for (number, name), types in tables_of_parts(con).items():
        if number is None:
            own[name] = types
        elif is_gathered(name):
            tables.setdefault(name, {})[number] = types
    return tables, own


def _union(
    name: str, of_parts: Mapping[int, Types], parts: Sequence[Part], declared: list[str]
) -> tuple[str, dict[str, list[str]]]:
    """Statement that creates a table of the parts' rows, each of its own shops, and the statement's parameters."""
    values: dict[str, list[str]] = {}
    selects: list[exp.Query] = []
    for number, types in sorted(of_parts.items()):
        rows = exp.select("*").from_(exp.to_table(f"part_{number}.{name}"))
        if "shop" in types:
            own, shops = _own_rows(number, parts[number], declared)
            rows, values = rows.where(own), values | shops
        selects.append(rows)
    query = selects[0]
    for other in selects[1:]:
        query = exp.Union(this=query, expression=other, distinct=False, by_name=True)
    created = exp.Create(this=exp.to_table(name), kind="TABLE", replace=True, expression=query)
    return created.sql("duckdb"), values


def _own_rows(number: int, part: Part, declared: list[str]) -> tuple[exp.Expr, dict[str, list[str]]]:
    """Condition on the rows of a part's own shops, and its parameters."""
    own, values = _in_list("shop", f"shops_{number}"), {f"shops_{number}": list(part.shops)}
    if not part.has_strays:
        return own, values
    is_stray = exp.not_(exp.func("coalesce", _in_list("shop", "declared"), exp.false()))
    return exp.or_(own, is_stray), values | {"declared": declared}


def _in_list(column: str, parameter: str) -> exp.Expr:
    return exp.Anonymous(this="list_contains", expressions=[exp.Parameter(this=exp.var(parameter)), exp.column(column)])
