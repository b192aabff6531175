"""Division of a home into shards: what it holds so far becomes the shard ``main``."""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.shops import MAIN
from shopwatch.core.durable import private_folder, put, sync
from shopwatch.core.settings import Settings
from shopwatch.store.shards import record_judged, record_places
from shopwatch.store.tables import Night, last_night, open_store
from shopwatch.warehouse.connections import lock_raw
from shopwatch.warehouse.integrity import has_table, reading
from shopwatch.warehouse.parts import hand_over

log = logging.getLogger("shopwatch.shards")


def divide_home(settings: Settings) -> None:
    """Make what a home with one shard holds the shard ``main``, once; nothing if that was done, or it holds nothing.

    The raw warehouse is moved last: killed before, the division is continued. Its shops keep their rows among the
    gathered ones until the shards that shops.yaml names have theirs. Raises BusyError while a night is running.
    """
    main = settings.for_shard(MAIN)
    folders = ((settings.archive, main.archive), (settings.rejected, main.rejected))
    if not any(path.exists() for path in (settings.raw_warehouse, settings.archive)):
        return
    private_folder(main.raw_warehouse.parent)
    private_folder(main.archive.parent)
    with lock_raw(settings, for_replay=True):
        for source, target in folders:
            if source.exists() and not target.exists():
                source.rename(target)
                sync(target.parent)
        _move(settings.shop_warehouse, main.shop_warehouse)
        _record(settings, main)
        _move(settings.raw_warehouse, main.raw_warehouse)
    log.info("%s is divided into shards: what it held is the shard %s", settings.home, MAIN)


def _move(source: Path, target: Path) -> None:
    """Move a DuckDB file whose write-ahead log is merged first, unless it was moved before."""
    if source.exists() and not target.exists():
        duckdb.connect(source).close()
        put(source, target)


def _record(settings: Settings, main: Settings) -> None:
    """Record in the store which shops' data the shard holds, and its part for the last judged night."""
    shops: list[str] = []
    if settings.raw_warehouse.exists():
        with reading(settings.raw_warehouse) as con:
            if has_table(con, "loads"):
                found = con.execute("select distinct shop from loads where state != 'rejected'").fetchall()
                shops = sorted({shop for (shop,) in found} & Catalog(settings).all_shops.keys())
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        record_places(session, shops, MAIN)
        if (night := last_night(session)) and main.shop_warehouse.exists():
            record_judged(session, MAIN, night, session.get_one(Night, night).newest_load, hand_over(main))
