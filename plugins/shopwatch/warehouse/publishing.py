"""Publishing: what people read of the shop warehouse, swapped in atomically for analysts."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
from sqlglot import exp

from shopwatch.core.durable import keep_private, private_folder, put, remove_leftovers, sync
from shopwatch.core.settings import Settings
from shopwatch.warehouse.connections import BLOCK_BYTES, ONE_THREAD, choose_threads
from shopwatch.warehouse.workings import leave_out_workings

MOST_FREE = 1 / 10
"""Share of free blocks up to which a warehouse is copied as it is. Partly filled blocks come on top: at one sixth, the
file of a night was 1.4 x its compacted copy."""
FEW_FREE_BYTES = 8_000_000
"""Free bytes up to which a warehouse is copied as it is: for a small shop compacting took a tenth of a night's CPU."""
COMPACTING_MEMORY = "384MB"


def publish(settings: Settings, night: date) -> Path:
    """Replace the published warehouse with the night's and keep it by date as well, as one file on disk.

    It has the schemas that people read; of the others only what the KPIs' own statements need (`leave_out_workings`).

    Readers with the old file open keep it; new readers see the complete new night. The work file is checkpointed and
    closed first: a copy without its write-ahead log would lose rows. Where more than a tenth and 8 MB of it are free,
    it is replaced with a compacted one, so that the next nights start from that.

    Only the owner may read it unless the settings share it. Temporary copies left by killed runs, of any night, are
    removed.
    """
    keep_private()
    _compact(settings.shop_warehouse)
    target = settings.published
    private_folder(target.parent)
    if settings.share_published:
        target.parent.chmod(0o755)
        settings.home.chmod(settings.home.stat().st_mode | 0o111)  # allows traversal only: the other files stay private
    remove_leftovers(target.parent.glob(".*.new*"))
    mode = 0o444 if settings.share_published else 0o400
    by_date = target.with_name(f"shop-{night.isoformat()}.duckdb")
    fresh = _fresh(by_date)
    shutil.copyfile(settings.shop_warehouse, fresh)
    leave_out_workings(fresh, settings.comment_language)
    fresh.chmod(mode)
    put(fresh, by_date)
    _name_also(by_date, target, mode)
    dated = sorted(target.parent.glob("shop-????-??-??.duckdb"))
    for old in dated[: -settings.keep_nights]:
        old.unlink()
    return target


def _fresh(target: Path) -> Path:
    """Name of a file that is to replace the target."""
    return target.with_name(f".{target.name}.new")


def _name_also(source: Path, target: Path, mode: int) -> None:
    """Give a file that nobody writes to any more the target's name too; copy it where there are no hard links."""
    fresh = _fresh(target)
    try:
        os.link(source, fresh)
    except OSError:
        shutil.copyfile(source, fresh)
        fresh.chmod(mode)
    put(fresh, target)


def _compact(warehouse: Path) -> None:
    """Checkpoint a warehouse and, if too much of it is free, replace it with a compacted copy of the same content."""
    fresh = _fresh(warehouse)
    log = fresh.with_name(f"{fresh.name}.wal")
    remove_leftovers([fresh, log])
    with duckdb.connect(warehouse) as con:
        con.execute(ONE_THREAD)
        con.execute("checkpoint")
        (block_bytes, blocks, free) = con.execute(
            "select block_size, total_blocks, free_blocks from pragma_database_size() "
            "where database_name = current_database()"
        ).fetchall()[0]
    if block_bytes == BLOCK_BYTES and free <= max(MOST_FREE * blocks, FEW_FREE_BYTES / BLOCK_BYTES):
        return
    with duckdb.connect(config={"memory_limit": COMPACTING_MEMORY, "temp_directory": str(warehouse.parent)}) as con:
        choose_threads(con, warehouse)
        old, new = (exp.Literal.string(str(path)).sql("duckdb") for path in (warehouse, fresh))
        con.execute(f"attach {old} as old (read_only)")
        con.execute(f"attach {new} as new (block_size {BLOCK_BYTES})")
        con.execute("copy from database old to new")
        con.execute("checkpoint new")
    fresh.chmod(0o600)
    sync(fresh)
    fresh.replace(warehouse)
    sync(warehouse.parent)
