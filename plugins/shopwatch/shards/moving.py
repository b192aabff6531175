"""Move of a shop from one shard to another: nothing is lost, and nobody is notified twice."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import duckdb
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from sqlglot import exp

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.durable import copy_or_link, private_folder
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.pipeline import build_models
from shopwatch.shards.night import begin_night, judge_shard
from shopwatch.store.shards import places, record_places
from shopwatch.store.tables import JudgedShard, last_night, open_store
from shopwatch.warehouse.connections import lock_raw, raw_warehouse, transaction
from shopwatch.warehouse.integrity import has_table, reading

log = logging.getLogger("shopwatch.shards")


def move_shop(settings: Settings, shop: str, shard: str) -> None:
    """Move a shop's data to the shard that shops.yaml names for it, while no night is running.

    Rows and originals are copied, the shard is built and judged for the last night, and the transaction of the store
    that records this takes the shop's rows from its part instead of the former shard's. Only then is the shop removed
    from the former shard. Killed at any moment, the same command completes it. Alerts keep their keys, so nobody is
    notified.

    Raises StateError if shops.yaml does not name the shard or the former shard's warehouse is not here, and BusyError
    while a night is running.
    """
    catalog, target = Catalog(settings), settings.for_shard(shard)
    _require_declared(catalog, shop, shard)
    begin_night(settings)
    with open_store(settings) as engine, Session(engine) as session:
        place = places(session).get(shop, shard)
    if place != shard:
        _copy(settings.for_shard(place), target, shop)
        _judge_again(target)
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            record_places(session, [shop], shard)
    for former in _former_shards(settings, shop, shard):
        _remove(former, shop)
        _judge_again(former)
    log.info("%s is in the shard %s", shop, shard)


def _require_declared(catalog: Catalog, shop: str, shard: str) -> None:
    if not catalog.is_divided:
        raise StateError(
            "this home has one shard: name another one in shops.yaml first, as `shard: north` under a shop"
        )
    if shop not in catalog.all_shops:
        raise StateError(f"shops.yaml declares no shop {shop}: {', '.join(sorted(catalog.all_shops))}")
    if (declared := catalog.all_shops[shop].shard) != shard:
        raise StateError(
            f"shops.yaml has {shop} in the shard {declared}: write `shard: {shard}` under {shop} there, then run "
            "this command again"
        )


def _copy(source: Settings, target: Settings, shop: str) -> None:
    """Copy a shop's rows and originals; what an earlier attempt copied is replaced."""
    if not source.raw_warehouse.exists():
        raise StateError(
            f"{source.raw_warehouse} is missing: run the command where the shard {source.shard} has its warehouse, or "
            f"bin/shopwatch replay --shard {source.shard} before"
        )
    with raw_warehouse(target, Catalog(target).contracts):
        pass  # it has its tables now
    with lock_raw(source, for_replay=True), lock_raw(target, for_replay=True):
        with duckdb.connect(target.raw_warehouse) as con:
            con.execute(f"attach {exp.Literal.string(str(source.raw_warehouse)).sql('duckdb')} as source (read_only)")
            rejected = _copy_rows(con, shop)
        _copy_files(source.archive / shop, target.archive / shop)
        for sha256 in rejected:
            _copy_files(source.rejected / sha256[:16], target.rejected / sha256[:16])


def _copy_rows(con: duckdb.DuckDBPyConnection, shop: str) -> list[str]:
    """Copy the rows of a shop from the attached ``source``; returns the SHA-256 of its rejected files."""
    found = _tables(con, "source")
    with transaction(con):
        for table, key in found:
            con.execute(f"create table if not exists {table} as from source.{table} limit 0")
            con.execute(*_deletion(table, key, shop, "source.loads"))
    with transaction(con):  # not the same: a deleted key cannot be inserted again in its transaction
        for table, key in found:
            rows = exp.select("*").from_(exp.to_table(f"source.{table}")).where(_of_shop(key, "source.loads"))
            con.execute(f"insert into {table} by name {rows.sql('duckdb')}", {"shop": shop})
    sha256 = con.execute("select sha256 from source.loads where shop = $1 and state = 'rejected'", [shop]).fetchall()
    return [one for (one,) in sha256 if one]


def _tables(con: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, str]]:
    """Tables with rows of shops, each with the column that names the shop or the load."""
    return con.execute(library_sql("shards/tables_of_shops"), {"database": database}).fetchall()


def _deletion(table: str, key: str, shop: str, loads: str) -> tuple[str, dict[str, str]]:
    return exp.delete(exp.to_table(table), where=_of_shop(key, loads)).sql("duckdb"), {"shop": shop}


def _of_shop(key: str, loads: str) -> exp.Expr:
    """Condition on a table's rows of one shop: by their ``shop``, else by the load that they are of."""
    is_shops = exp.column("shop").eq(exp.Parameter(this=exp.var("shop")))
    if key == "shop":
        return is_shops
    return exp.column(key).isin(query=exp.select(key).from_(exp.to_table(loads)).where(is_shops))


def _copy_files(source: Path, target: Path) -> None:
    for file in source.rglob("*"):
        copy = target / file.relative_to(source)
        if file.is_file() and not copy.exists():
            private_folder(copy.parent)
            copy_or_link(file, copy)


def _former_shards(settings: Settings, shop: str, shard: str) -> list[Settings]:
    """Shards other than the given one whose raw warehouses hold rows of the shop."""
    found = []
    for other in settings.with_shards():
        if other.shard not in (None, shard) and other.raw_warehouse.exists():
            with reading(other.raw_warehouse) as con:
                if con.execute("select 1 from loads where shop = $1 limit 1", [shop]).fetchone():
                    found.append(other)
    return found


def _remove(former: Settings, shop: str) -> None:
    """Remove a shop from the shard that it left; the ledger's rows go last, by which `_former_shards` finds it."""
    with open_store(former) as engine, Session(engine) as session, session.begin():
        session.execute(update(JudgedShard).where(JudgedShard.shard == former.shard).values(newest_load=None))
    with lock_raw(former, for_replay=True):
        shutil.rmtree(former.archive / shop, ignore_errors=True)
        if former.shop_warehouse.exists():
            with duckdb.connect(former.shop_warehouse) as con:
                if has_table(con, "loads", schema="ops"):
                    con.execute("delete from ops.loads where shop = $1", [shop])
        with duckdb.connect(former.raw_warehouse) as con, transaction(con):
            for table, key in sorted(_tables(con, "raw"), key=lambda found: found[0] == "main.loads"):
                con.execute(*_deletion(table, key, shop, "main.loads"))


def _judge_again(settings: Settings) -> None:
    """Build a shard and judge it for the last night; the part of a shard without shops is forgotten."""
    catalog = Catalog(settings)
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        night = last_night(session, catalog.newest_closed)
        if not catalog.shops:
            session.execute(delete(JudgedShard).where(JudgedShard.shard == settings.shard))
            return
    build_models(settings, catalog)
    if night:
        judge_shard(settings, night)
