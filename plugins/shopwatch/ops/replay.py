"""Replay: rebuilds the raw warehouse from the archive, beside the one in use, and swaps it in at the end."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from pydantic import SecretStr

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.durable import private_folder, put, remove_leftovers
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.load import load_new
from shopwatch.ingest.pseudonyms import exchange_key, fresh_key, pads, require_key_file, require_same_key
from shopwatch.warehouse.connections import lock_raw
from shopwatch.warehouse.integrity import has_table, keep_beside, known_loads, reading
from shopwatch.warehouse.models import BuildResult, build

log = logging.getLogger("shopwatch.ops.replay")


@dataclass(frozen=True)
class LostFiles:
    """Files of an export whose rows are in the warehouse but which cannot be rebuilt."""

    source: str
    shop: str
    files: int
    rows: int
    first_day: date | None
    last_day: date | None

    def __str__(self) -> str:
        days = f"{self.first_day} to {self.last_day}" if self.first_day else "no day"
        return f"{self.files} files of {self.source} of {self.shop}, {self.rows:,} rows of {days}"


class NotReplayableError(StateError):
    """Loaded files cannot be rebuilt. Nothing was changed."""

    def __init__(self, why: str, lost: list[LostFiles]) -> None:
        super().__init__(
            "\n".join([f"{why}:", *map(str, lost), "nothing was changed: --without-removed continues without them"])
        )


@dataclass(frozen=True)
class ReplayResult:
    """The rebuilt shop warehouse, and the path of the previous raw warehouse, if any."""

    built: BuildResult
    earlier: Path | None


def replay(settings: Settings, *, without_removed: bool = False, new_key: bool = False) -> ReplayResult:
    """Rebuild the raw warehouse from the archive.

    The one in use is unchanged until the new one is complete, and is then kept under another name; it may be damaged or
    missing. A killed replay starts over. ``without_removed``: continue even if files cannot be rebuilt. ``new_key``:
    use a new pseudonym key; buyers under the lost key can no longer be matched. The new key replaces the old one right
    before the warehouse does; if killed in between, the next night stops and the replay must be repeated.

    Raises NotReplayableError, BusyError while a night is running, and PseudonymKeyError if the key is lost.
    """
    private_folder(settings.raw_warehouse.parent)
    with lock_raw(settings, for_replay=True):
        if lost := [] if without_removed else beyond_replay(settings):
            raise NotReplayableError("have no original left and cannot be rebuilt", lost)
        if not new_key:
            _require_key(settings)
        fresh = settings.for_replay()
        if new_key:
            fresh.pseudonym_key = fresh.pseudonym_key or SecretStr(fresh_key())
        remove_leftovers(fresh.raw_warehouse.parent.glob(f"{fresh.raw_warehouse.name}*"))
        load_new(fresh, fresh.archive)
        check_and_settle(fresh)
        if lost := [] if without_removed else _missing(settings, _loaded(fresh)):
            raise NotReplayableError("with the contracts and shops of today these are not loaded again", lost)
        _record(settings, fresh)
        if new_key and settings.pseudonym_key is None and fresh.pseudonym_key:
            exchange_key(settings, fresh.pseudonym_key.get_secret_value())
        earlier = _swap_in(settings, fresh)
    return ReplayResult(build(Catalog(settings)), earlier)


def beyond_replay(settings: Settings) -> list[LostFiles]:
    """Loads that a replay could not rebuild, since their originals were removed from the archive."""
    there = [f"{path.parent.name}/{path.name}" for path in settings.archive.glob("*/*") if any(path.iterdir())]
    return _missing(settings, there)


def _missing(settings: Settings, there: list[str]) -> list[LostFiles]:
    with duckdb.connect() as con:
        con.register("loads", known_loads(settings))
        return [LostFiles(*row) for row in con.execute(library_sql("ops/lost"), {"there": there}).fetchall()]


def _loaded(fresh: Settings) -> list[str]:
    """Loaded files as shop/sha256[:16], the names of their archive folders."""
    with duckdb.connect(fresh.raw_warehouse, read_only=True) as con:
        rows = con.execute("select distinct shop || '/' || left(sha256, 16) from loads where state != 'rejected'")
        return [place for (place,) in rows.fetchall()]


def _require_key(settings: Settings) -> None:
    """Raise PseudonymKeyError if the key is lost, or is not the one that the warehouse in use was loaded with."""
    require_key_file(settings)
    if settings.raw_warehouse.exists():
        try:
            with reading(settings.raw_warehouse) as con:
                if has_table(con, "pseudonym_key"):
                    require_same_key(con, pads(settings))
        except duckdb.Error as error:
            log.warning("%s cannot be read: %s", settings.raw_warehouse, error)


def _record(settings: Settings, fresh: Settings) -> None:
    """Record the known files that the new warehouse lacks, so that the next night does not take it for an old copy."""
    with duckdb.connect(fresh.raw_warehouse) as con:
        con.register("known", known_loads(settings))
        con.execute(library_sql("ops/replayed"), {"replayed_at": datetime.now(UTC).replace(tzinfo=None)})
        con.unregister("known")
        con.execute("checkpoint")


def _swap_in(settings: Settings, fresh: Settings) -> Path | None:
    """Replace the old warehouse with the new one and keep the old; one of the two has the name at all times."""
    earlier = keep_beside(settings.raw_warehouse, "before-replay")
    put(fresh.raw_warehouse, settings.raw_warehouse)
    log.info("%s was built again; as it was before: %s", settings.raw_warehouse, earlier or "not there")
    return earlier
