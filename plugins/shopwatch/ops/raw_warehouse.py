"""Check before a night: the raw warehouse must contain every file that was ever loaded."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.durable import fitting_name
from shopwatch.core.settings import Settings
from shopwatch.ingest.inbox import find, open_inbox, readable
from shopwatch.store.shards import of_shard
from shopwatch.store.tables import Alert, JudgedShard, Night, has_store, open_store
from shopwatch.warehouse.integrity import (
    WarehouseLostError,
    fault_on_opening,
    has_table,
    ledgers,
    reading,
    replay_advice,
    require_known_loads,
    set_aside,
)

log = logging.getLogger("shopwatch.ops")


def require_raw_warehouse(settings: Settings) -> None:
    """Check, before a night begins, that the raw warehouse knows every file that was ever loaded.

    It reads only ledgers, so it takes milliseconds. Raises WarehouseLostError with the repair command. A shop warehouse
    that cannot be opened is set aside: the night rebuilds it from raw.
    """
    raw, shop = settings.raw_warehouse, settings.shop_warehouse
    if shop.exists() and (fault := fault_on_opening(shop)):
        log.error("%s is damaged (%s) and will be rebuilt; it is kept as %s", shop, fault, set_aside(shop, "damaged"))
    if not raw.exists():
        if evidence := _evidence(settings, archive=True):
            raise WarehouseLostError(f"{raw} is missing, but {evidence}. {replay_advice(settings)}")
        return
    if fault := fault_on_opening(raw):
        if evidence := _evidence(settings, archive=True):
            raise WarehouseLostError(f"{raw} is damaged ({fault}), and {evidence}. {replay_advice(settings)}")
        log.error("%s is not a warehouse (%s); it is kept as %s", raw, fault, set_aside(raw, "damaged"))
        return
    _require_whole_ledger(settings)


def _require_whole_ledger(settings: Settings) -> None:
    raw = settings.raw_warehouse
    with reading(raw) as con:
        has_ledger = has_table(con, "loads")
        is_empty = not has_ledger or not con.table("loads").limit(1).fetchall()
        replayed_at = None
        if has_table(con, "replays"):
            (replayed_at,) = con.execute("select max(replayed_at) from replays").fetchone() or (None,)
    for ledger in ledgers(settings):
        with reading(ledger, raw) as con:
            require_known_loads(con, settings)
    # A load killed before its commit has already archived its original and created the ledger.
    if is_empty and not replayed_at and (evidence := _evidence(settings, archive=not has_ledger)):
        raise WarehouseLostError(f"{raw} is empty, but {evidence}. {replay_advice(settings)}")
    if has_ledger and (evidence := _lost_originals(settings) or _lost_newest_load(settings, replayed_at)):
        raise WarehouseLostError(f"{raw} is an older copy: {evidence}. {replay_advice(settings)}")


def _lost_originals(settings: Settings) -> str | None:
    """Sentence about originals that are not in the raw warehouse and no longer in the inbox, else None."""
    known = _known_hashes(settings)
    folders = (folder for folder in settings.archive.glob("*/*") if folder.name not in known)
    lost = [original for folder in folders for original in folder.iterdir() if original.is_file()]
    if lost:
        waiting = {(fitting_name(found.name), found.size) for found in find(open_inbox(settings), settings.fetched)}
        lost = [original for original in lost if (readable(original.name), original.stat().st_size) not in waiting]
    return f"it lacks {len(lost):,} files whose originals are in {settings.archive}" if lost else None


def _known_hashes(settings: Settings) -> set[str]:
    """First 16 digits of every SHA-256 in the raw ledger: the names of archive folders."""
    with reading(settings.raw_warehouse) as con:
        known = {sha256[:16] for (sha256,) in con.execute("select sha256 from loads").fetchall()}
        if has_table(con, "replays"):
            left_out = con.execute("select unnest(left_out) from replays").fetchall()
            known |= {sha256[:16] for (sha256,) in left_out}
    return known


def _lost_newest_load(settings: Settings, replayed_at: datetime | None) -> str | None:
    """Sentence about a night since the last replay, judged with a load that the raw warehouse lacks, else None."""
    if not has_store(settings):
        return None
    with open_store(settings) as engine, Session(engine) as session:
        judged: Night | JudgedShard | None
        if settings.shard:
            judged = session.get(JudgedShard, settings.shard)
        else:
            nights = select(Night).where(Night.newest_load.is_not(None)).order_by(Night.judged_at.desc())
            judged = session.scalars(nights.limit(1)).first()
    if judged is None or judged.newest_load is None or (replayed_at and replayed_at > judged.judged_at):
        return None
    is_known = judged.newest_load[:16] in _known_hashes(settings)
    return None if is_known else f"the night {judged.night} was judged with a newer one"


def _evidence(settings: Settings, *, archive: bool) -> str | None:
    """Sentence about another file or store that records loads missing from the raw warehouse, else None."""
    for path in ledgers(settings):
        with reading(path) as con:
            row = con.execute("select count(*) from ops.loads where state != 'rejected'").fetchone()
            if row and row[0]:
                return f"{path} knows {row[0]:,} loaded files"
    if archive and any(settings.archive.glob("*/*/*")):
        return f"{settings.archive} holds originals of loaded files"
    if has_store(settings):
        with open_store(settings) as engine, Session(engine) as session:
            of_files = select(func.count()).select_from(Alert).where(of_shard(Catalog(settings)))
            if alerts := session.scalar(of_files):
                return f"the store knows {alerts:,} alerts from loaded files"
    return None
