"""Housekeeping between nights: expire originals, retry mails, back up and verify state."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path

from sqlalchemy.engine import make_url

from shopwatch.core.durable import keep_private, private_folder, put, remove_leftovers, sync
from shopwatch.core.settings import Settings
from shopwatch.ingest.pseudonyms import BLOCK as LONGEST_KEY
from shopwatch.notify.delivery import deliver_due
from shopwatch.ops.sale_day import remove_old_copies
from shopwatch.warehouse.integrity import find_damage, sqlite_fault

log = logging.getLogger("shopwatch.ops.housekeeping")

KEPT_BACKUPS = 7
LONGEST_LEAP = 30
"""Days by which the clock may pass the oldest backup before it is in doubt."""
DAY = 86_400  # seconds
MIDNIGHT = time_of_day()


@dataclass(frozen=True)
class HousekeepingResult:
    """Result of housekeeping.

    ``backup``: empty if no state is in local files; ``undelivered``: reasons for waiting mails; ``damage``: one
    sentence per unreadable warehouse, store or backup, and one about a clock in doubt, with the remedy;
    ``copies_removed``: of sale days.
    """

    archived_removed: int
    rejected_removed: int
    bytes_removed: int
    mails_sent: int
    undelivered: tuple[str, ...]
    backup: str
    backups_removed: int
    damage: tuple[str, ...] = ()
    copies_removed: int = 0


def keep_house(settings: Settings, today: date, smtp_url: str | None = None) -> HousekeepingResult:
    """Remove expired originals, retry waiting mails, back up, and read all state. It may run at any time.

    Neither an unreachable mail server nor damage stops it: both are in the result, for the caller to report.
    """
    day_ago = time.time() - DAY
    for folder in (settings.outbox, settings.alarms):
        remove_leftovers(path for path in folder.glob(".*.part") if path.stat().st_mtime < day_ago)
    at, doubt = _trusted_time(settings), ""
    if settings.keep_originals_days and (held := _expired(settings, time.time()) - _expired(settings, at)):
        doubt = (
            f"the clock is {(time.time() - at) / DAY + LONGEST_LEAP:.0f} days past the oldest backup: {len(held):,} "
            f"folders of originals were not removed. Set the clock. If it is right, they go after {KEPT_BACKUPS} runs"
        )
    archived, rejected = (
        [sum(counts) for counts in zip(*(_remove_old(settings, at, root) for root in roots), strict=True)]
        for roots in ([one.archive for one in settings.with_shards()], [one.rejected for one in settings.with_shards()])
    )
    sent = deliver_due(settings, smtp_url)
    backup, removed = back_up(settings, today)
    kept = HousekeepingResult(
        archived_removed=archived[0],
        rejected_removed=rejected[0],
        bytes_removed=archived[1] + rejected[1],
        mails_sent=sent.mails,
        undelivered=sent.undelivered,
        backup=str(backup or ""),
        backups_removed=removed,
        damage=(*([doubt] if doubt else []), *find_damage(settings), *broken_backups(settings)),
        copies_removed=remove_old_copies(settings, today),
    )
    log.info("%s", kept)
    return kept


def _trusted_time(settings: Settings) -> float:
    """Time by which originals expire: now, but never more than LONGEST_LEAP after the oldest backup.

    A clock that leaps ahead would otherwise expire them all. A right clock is trusted again when each backup is new.
    """
    dates = []
    for folder in settings.backups.glob("????-??-??"):
        with suppress(ValueError):
            dates.append(datetime.combine(date.fromisoformat(folder.name), MIDNIGHT).timestamp())
    return min([time.time(), *(moment + LONGEST_LEAP * DAY for moment in dates)])


def _expired(settings: Settings, at: float) -> set[Path]:
    """Folders of expired originals.

    A folder holds originals with the same bytes; its own time is when the last one was added. The files themselves have
    the time of their export.
    """
    homes = settings.with_shards()
    folders = [folder for one in homes for folder in (*one.archive.glob("*/*"), *one.rejected.glob("*"))]
    oldest = at - settings.keep_originals_days * DAY
    return {folder for folder in folders if folder.is_dir() and folder.stat().st_mtime < oldest}


def _remove_old(settings: Settings, at: float, root: Path) -> tuple[int, int]:
    """Remove the expired originals below a folder; returns the number of files and bytes removed."""
    if settings.keep_originals_days == 0:
        return 0, 0
    files, size = 0, 0
    for folder in sorted(one for one in _expired(settings, at) if one.is_relative_to(root)):
        originals = [p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(".reason.txt")]
        for path in originals:
            files, size = files + 1, size + path.stat().st_size
            log.info("removed from %s: %s (%s)", root.name, path.name, folder.name)
        shutil.rmtree(folder)
    return files, size


def back_up(settings: Settings, today: date) -> tuple[Path | None, int]:
    """Copy the operational store, the pseudonym key and shops.yaml to ``backups/<today>``; keep the last seven.

    Returns the copy, or None if none of the three is a local file, and the number of old copies removed. A store on a
    server must be backed up there. The copy appears atomically.
    """
    keep_private()
    private_folder(settings.backups)
    remove_leftovers(settings.backups.glob(".*.part"))
    fresh = settings.backups / f".{today.isoformat()}.part"
    private_folder(fresh)
    url = make_url(settings.store)
    if url.get_backend_name() != "sqlite":
        log.info("the operational store is on a server: back it up there (%s)", url.get_backend_name())
    elif url.database and Path(url.database).exists():
        _copy_sqlite(Path(url.database), fresh / "store.sqlite")
    for name in ("pseudonym.key", "shops.yaml", "groups.yaml"):
        if (settings.home / name).exists():
            shutil.copy2(settings.home / name, fresh / name)
    if not any(fresh.iterdir()):
        fresh.rmdir()
        return None, 0
    for path in fresh.iterdir():
        path.chmod(0o600)
        sync(path)
    final = settings.backups / today.isoformat()
    earlier = settings.backups / f".{today.isoformat()}.earlier.part"
    if final.exists():
        final.replace(earlier)
    put(fresh, final)
    shutil.rmtree(earlier, ignore_errors=True)
    dated = settings.backups.glob("????-??-??")  # dates of a clock that ran ahead go first, and never today's
    old = sorted(dated, key=lambda folder: (folder.name <= today.isoformat(), folder.name))[:-KEPT_BACKUPS]
    for folder in old:
        shutil.rmtree(folder)
        log.info("removed backup %s", folder.name)
    return final, len(old)


def broken_backups(settings: Settings) -> list[str]:
    """Open each backup as a restore would; returns one sentence per unusable backup."""
    broken = []
    for folder in sorted(settings.backups.glob("????-??-??")):
        if (store := folder / "store.sqlite").exists() and (fault := sqlite_fault(store, is_copy=True)):
            broken.append(f"{store} is damaged ({fault}). Remove {folder.name}, and look at the disk")
        if (key := folder / "pseudonym.key").exists() and not 0 < key.stat().st_size <= LONGEST_KEY:
            broken.append(f"{key} is not a key: it has {key.stat().st_size} bytes. Remove {folder.name}")
    return broken


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite file consistently, even while others write."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)
        (fault,) = to.execute("pragma integrity_check").fetchone()
    if fault != "ok":
        raise sqlite3.DatabaseError(f"the copy of {source} is broken: {fault}")
