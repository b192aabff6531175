"""A sale day's copy of the warehouses, in which exports are loaded and judged during the day."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
from pydantic import TypeAdapter

from shopwatch.catalog.calendar import sale_days
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.durable import private_folder, remove_leftovers, write_whole
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.inbox import Inbox
from shopwatch.ingest.load import load_new
from shopwatch.judge.so_far import DayBreach, judge_day
from shopwatch.warehouse.connections import raw_warehouse, shop_warehouse
from shopwatch.warehouse.models import build

log = logging.getLogger("shopwatch.ops.sale_day")

COPIED = ("pseudonym.key", "shops.yaml", "groups.yaml")
DATED = "????-??-??"


@dataclass(frozen=True)
class DaySoFar:
    """Breaches of a sale day of one shard, or of a home that is not divided. ``load``: what was loaded by then."""

    load: str
    breaches: Sequence[DayBreach]


SO_FAR = TypeAdapter(DaySoFar)


def sale_days_now(catalog: Catalog, moment: datetime) -> dict[str, date]:
    """Shop -> its current day, of shops that have a sale day now. ``moment`` has a time zone."""
    today = {name: moment.astimezone(ZoneInfo(shop.timezone)).date() for name, shop in catalog.shops.items()}
    return {
        name: day for name, day in today.items() if day in sale_days(catalog.shops[name].home_region, catalog.events)
    }


def copies(settings: Settings) -> Path:
    """Folder of the copies for sale days, of the settings' shard or of a home that is not divided, one a day."""
    if settings.shard is None:
        return settings.home / "sale_day"
    base = settings.shard_disk / ".sale_day" if settings.shard_disk else settings.home / "sale_day"
    return base / "shards" / settings.shard


def day_settings(settings: Settings, day: date) -> Settings:
    """Settings of the day's copy, which is made from the last night's state if it is missing; removes other days'.

    Raises BusyError while a night is loading.
    """
    folder = copies(settings)
    home = folder / day.isoformat()
    copy = settings.model_copy(update={"home": home, "store_url": None, "shard_disk": None})
    if home.is_dir():
        return copy
    private_folder(folder)
    remove_leftovers((*folder.glob(DATED), *folder.glob(".*.part")))
    partial = folder / f".{day}.part"
    warehouse = partial / copy.raw_warehouse.parent.relative_to(home)
    warehouse.mkdir(parents=True)
    if settings.shop_warehouse.is_file():
        with shop_warehouse(settings) as con:  # first, so that the raw warehouse has all its loads
            _copy_open(con, settings.shop_warehouse, warehouse)
    if settings.raw_warehouse.is_file():
        with raw_warehouse(settings, Catalog(settings).contracts) as con:
            _copy_open(con, settings.raw_warehouse, warehouse)
    for name in COPIED:
        if (settings.home / name).is_file():
            shutil.copy2(settings.home / name, partial)
    partial.replace(home)
    log.info("the copy for the sale day %s is made", day)
    return copy


def _copy_open(con: duckdb.DuckDBPyConnection, warehouse: Path, folder: Path) -> None:
    """Copy a warehouse that is open, so that no other process writes meanwhile."""
    con.execute("checkpoint")
    shutil.copy2(warehouse, folder)


def remove_old_copies(settings: Settings, today: date) -> int:
    """Remove the copies of sale days that are over in every time zone; returns how many."""
    first = (today - timedelta(days=1)).isoformat()
    found = (folder for one in settings.with_shards() for folder in copies(one).glob(DATED))
    old = [folder for folder in found if folder.name < first]
    remove_leftovers(old)
    return len(old)


def judge_so_far(settings: Settings, moment: datetime, inbox: Inbox | None = None) -> dict[str, date]:
    """Load the inbox's new files into the day's copy, build and judge; nothing if no file came since the last time.

    ``settings``: of a shard, or of a home that is not divided. Returns shop -> its sale day. The
    breaches are kept for `breaches_so_far`.
    """
    catalog = Catalog(settings)
    days = sale_days_now(catalog, moment)
    if not days:
        return days
    copy = day_settings(settings, max(days.values()))
    load_new(copy, inbox)
    load, known = _newest_load(copy, catalog), _so_far(settings)
    if known is None or known.load != load:
        check_and_settle(copy)
        build(Catalog(copy))
        with shop_warehouse(copy) as con:
            breaches = judge_day(con, catalog, days)
        target = _file(settings)
        private_folder(target.parent)
        write_whole(target, SO_FAR.dump_json(DaySoFar(load, breaches)))
    return days


def breaches_so_far(catalog: Catalog, moment: datetime) -> list[DayBreach]:
    """Breaches of the current sale days, from the latest result of each shard."""
    days = sale_days_now(catalog, moment)
    found = [_so_far(one) for one in catalog.settings_of_shards]
    return [breach for judged in found if judged for breach in judged.breaches if days.get(breach.shop) == breach.day]


def _file(settings: Settings) -> Path:
    """File in the home, where every worker can read it."""
    return settings.home / "sale_day" / "so_far" / f"{settings.shard or 'home'}.json"


def _so_far(settings: Settings) -> DaySoFar | None:
    file = _file(settings)
    return SO_FAR.validate_json(file.read_bytes()) if file.is_file() else None


def _newest_load(settings: Settings, catalog: Catalog) -> str:
    """The copy, how many files it has loaded, and when the newest; the numbers only grow."""
    with raw_warehouse(settings, catalog.contracts) as con:
        found = con.execute("select count(*), max(loaded_at) from loads").fetchone()
    return " ".join(map(str, (settings.home.name, *(found or ()))))
