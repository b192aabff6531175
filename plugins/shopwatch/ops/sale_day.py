"""A sale day's copy of the warehouses, in which exports are loaded and judged during the day."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from shopwatch.catalog.calendar import sale_days
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.durable import private_folder
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.inbox import Inbox
from shopwatch.ingest.load import load_new
from shopwatch.judge.so_far import DayBreach, judge_day
from shopwatch.warehouse.connections import raw_warehouse, shop_warehouse
from shopwatch.warehouse.models import build

log = logging.getLogger("shopwatch.ops.sale_day")

COPIED = ("pseudonym.key", "shops.yaml", "groups.yaml")
JUDGED = "judged"


def sale_days_now(catalog: Catalog, moment: datetime) -> dict[str, date]:
    """Shop -> its current day, of shops that have a sale day now. ``moment`` has a time zone."""
    today = {name: moment.astimezone(ZoneInfo(shop.timezone)).date() for name, shop in catalog.shops.items()}
    return {
        name: day for name, day in today.items() if day in sale_days(catalog.shops[name].home_region, catalog.events)
    }


def day_settings(settings: Settings, day: date) -> Settings:
    """Settings of the day's copy, which is made from the last night's state if it is missing; removes other days'.

    Raises BusyError while a night is loading.
    """
    folder = settings.home / "sale_day"
    home = folder / day.isoformat()
    copy = settings.model_copy(update={"home": home, "store_url": None})
    if home.is_dir():
        return copy
    private_folder(folder)
    for old in folder.iterdir():
        shutil.rmtree(old)
    partial = folder / f".{day}.part"
    (partial / "warehouse").mkdir(parents=True)
    if settings.shop_warehouse.is_file():
        with shop_warehouse(settings) as con:  # first, so that the raw warehouse has all its loads
            _copy_open(con, settings.shop_warehouse, partial / "warehouse")
    if settings.raw_warehouse.is_file():
        with raw_warehouse(settings, Catalog(settings).contracts) as con:
            _copy_open(con, settings.raw_warehouse, partial / "warehouse")
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


def judge_so_far(
    settings: Settings, catalog: Catalog, days: Mapping[str, date], inbox: Inbox | None = None
) -> list[DayBreach] | None:
    """Load the inbox's new files into the day's copy, build, and judge; None if nothing came since `mark_judged`.

    ``settings``: of the copy; ``catalog``: of the home. ``days``: shop -> its sale day.
    """
    load_new(settings, inbox)
    if _newest_load(settings, catalog) == _judged_load(settings):
        return None
    check_and_settle(settings)
    build(Catalog(settings))
    with shop_warehouse(settings) as con:
        return judge_day(con, catalog, days)


def mark_judged(settings: Settings) -> None:
    """Record that all that was loaded into the copy is judged, and the teams' mails are in the outbox."""
    marker = settings.home / JUDGED
    partial = marker.with_suffix(".part")
    partial.write_text(_newest_load(settings, Catalog(settings)), "utf-8")
    partial.replace(marker)


def _judged_load(settings: Settings) -> str | None:
    marker = settings.home / JUDGED
    return marker.read_text("utf-8") if marker.is_file() else None


def _newest_load(settings: Settings, catalog: Catalog) -> str:
    """Number of files that the copy has loaded, and the newest; they only grow."""
    with raw_warehouse(settings, catalog.contracts) as con:
        found = con.execute("select count(*), max(loaded_at) from loads").fetchone()
    return " ".join(map(str, found or ()))
