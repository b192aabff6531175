"""A home with two loaded files, and ways to lose its raw warehouse."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb

from files import drop, load_all, order, orders_csv, plan, plans_csv
from shopwatch.core.settings import Settings
from shopwatch.warehouse.publishing import publish
from small_project import small_include
from warehouses import take_in

NAME = "qinghe/ExportOrderList202611030100.csv"
NIGHT = date(2026, 11, 2)
ROWS = "select shop, order_id, paid, buyer from orders order by order_id"


def settings_of(folder: Path) -> Settings:
    """The settings of a home in ``folder``, which holds its project as well."""
    return Settings(home=folder / "home", include=folder / "include", settle_seconds=0)


def build_home(folder: Path) -> Path:
    """Load, build and publish two files in ``folder``, to be copied for each test."""
    small_include(folder / "include")
    settings = settings_of(folder)
    drop(settings, NAME, orders_csv([order(number) for number in range(1, 9)]))
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1), plan(2)]))
    take_in(settings)
    publish(settings, NIGHT)
    return folder


def copy_home(built: Path, folder: Path) -> Settings:
    """The built home. Its inbox has been cleared, as shops do."""
    shutil.copytree(built, folder, dirs_exist_ok=True)
    shutil.rmtree(folder / "home" / "inbox")
    return settings_of(folder)


def remove(settings: Settings) -> None:
    settings.raw_warehouse.unlink()


def empty(settings: Settings) -> None:
    settings.raw_warehouse.write_bytes(b"")


def cut(settings: Settings) -> None:
    content = settings.raw_warehouse.read_bytes()
    settings.raw_warehouse.write_bytes(content[: len(content) // 3])


def overwrite(settings: Settings) -> None:
    settings.raw_warehouse.write_bytes(b"\0" * 100_000)


def begin_anew(settings: Settings) -> None:
    settings.raw_warehouse.unlink()
    drop(settings, "qinghe/late.csv", plans_csv([plan(3)]))
    load_all(settings)


def put_old_copy(settings: Settings) -> None:
    with duckdb.connect(settings.raw_warehouse) as con:
        con.execute("delete from loads where source = 'tmall_orders'")
