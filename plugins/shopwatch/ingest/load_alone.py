"""Load of a single file; it ends as loaded, repeated, rejected with a reason, or waiting."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shopwatch.core.durable import fitting_name, write_whole
from shopwatch.core.reasons import RejectedError, sentence
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.date_orders import UNCLEAR, may_be_unclear, written_dates
from shopwatch.ingest.decimals import read_values
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.detected_file import DetectedFile, detect_file
from shopwatch.ingest.inbox import TROUBLE, InboxFile, change_since, fetch, release, unfinished
from shopwatch.ingest.ledger import RowCounts, known_loads, quarantine_broken, remember, trouble_id
from shopwatch.ingest.originals import Original, original_of
from shopwatch.ingest.progress import watched
from shopwatch.ingest.session import ReadFile, Session, summary
from shopwatch.ingest.sources import UNKNOWN
from shopwatch.ingest.typed_rows import type_rows
from shopwatch.warehouse.connections import transaction
from shopwatch.warehouse.personal import mask_values

WORTH_THREADS = 16 << 20  # bytes
REPEATED = "the same bytes were loaded before"
NOTE = ".reason.txt"


@dataclass
class FileOutcome:
    """Outcome of one file. ``why``: the rejection; code ``changed`` means that it waits. ``message``: text for the log.

    ``is_postponed``: to be loaded again after all others. ``is_old_trouble``: still unreadable, and already in the
    ledger.
    """

    source: str = UNKNOWN
    bytes: int = 0
    counts: RowCounts | None = None
    is_repeated: bool = False
    why: RejectedError | None = None
    is_old_trouble: bool = False
    is_last: bool = True
    is_postponed: bool = False
    message: str = ""

    @property
    def is_waiting(self) -> bool:
        """True if the file is still being written."""
        return self.why is not None and self.why.code == "changed"


def load_alone(session: Session, found: InboxFile, *, is_last: bool = True) -> FileOutcome:
    """Load one file. Raises OSError if this machine's disk is at fault, not the file.

    Unless it is among the last, a file whose dates are unclear is postponed: others may show their order.
    """
    outcome = FileOutcome(is_last=is_last)
    # Handing a small file to threads costs more than it saves.
    session.con.execute("reset threads" if found.size >= WORTH_THREADS else "set threads = 1")
    try:
        if unfinished(found, session.settings.settle_seconds):
            raise RejectedError("changed")
        fetch(found)
        with original_of(found, session.settings.archive) as original:
            _load_fetched(session, found, original, outcome)
    except RejectedError as why:
        _record_failure(session, found, None, why, outcome)
    finally:
        release(found)
        session.forget_rows()
    return outcome


def _load_fetched(session: Session, found: InboxFile, original: Original, outcome: FileOutcome) -> None:
    outcome.bytes = found.size
    try:
        if not found.size:
            raise RejectedError("empty")
        detection = detect_contract(found.path, session.context.contracts)
        outcome.source = detection.contract.export
        shop = session.context.shop_of(found, detection.contract)
        detected = detect_file(found, original.sha256, detection, shop)
        _load(session, detected, original, outcome)
    except (RejectedError, OSError) as error:
        original.wait()  # the file may change or vanish during the copy
        why = change_since(found) or error
        if isinstance(why, OSError):
            raise  # the file is unchanged, so the disk is at fault, not for this file alone
        _record_failure(session, found, original, why, outcome)


def _load(session: Session, detected: DetectedFile, original: Original, outcome: FileOutcome) -> None:
    con, found = session.con, detected.found
    if _is_known(session, detected):
        session.repeat(detected, original)
        outcome.is_repeated, outcome.message = True, REPEATED
        return
    if may_be_unclear(detected):
        dates = written_dates(con, detected, session.scratch)
        order = session.date_orders.add(detected, dates) if not outcome.is_last else dates.proven_order()
        if not order and not outcome.is_last:
            outcome.is_postponed = True
            return
        if not order:
            session.date_orders.add_earlier(con, detected, session.settings.archive, session.scratch)
            order = session.date_orders.order_by_others(detected)
        detected = replace(detected, date_order=order)
    with watched(con, found.name, found.size, session.scratch) as step:
        detected, counted = read_values(con, detected, session.scratch)  # a failed attempt would end a transaction
        step.looking_up(counted.records)
        type_rows(con, detected.detection, detected.lineage, detected.load_id, session.context.pads)
        step.storing()

        def first() -> None:
            if trouble := change_since(found):
                raise trouble  # the file changed while it was read
            quarantine_broken(con, session.settings, detected)

        counts = session.store([ReadFile(detected, counted, original)], first)[detected.load_id]
    outcome.counts, outcome.message = counts, summary(detected, counts)


def _is_known(session: Session, detected: DetectedFile) -> bool:
    """True if equal bytes are loaded already. Waits for the hash only if the ledger has a file of this size."""
    same_size = session.con.execute("select 1 from loads where bytes = $1 limit 1", [detected.found.size]).fetchone()
    return same_size is not None and detected.load_id in known_loads(session.con, [detected])


def _record_failure(
    session: Session, found: InboxFile, original: Original | None, why: RejectedError, outcome: FileOutcome
) -> None:
    why = RejectedError.relay(why.code, {name: mask_values(value) for name, value in why.values.items()})
    outcome.why = why
    outcome.is_old_trouble = why.code in TROUBLE and trouble_id(found) in session.troubles
    if why.code == UNCLEAR and original:
        known = "select 1 from loads where load_id = $1"
        outcome.is_old_trouble = session.con.execute(known, [_rejected_id(found, original)]).fetchone() is not None
    if outcome.is_old_trouble:
        return
    outcome.message = f"{'waits' if outcome.is_waiting else 'rejected'}: {why}"
    if not outcome.is_waiting:
        _reject(session, found, None if why.code in TROUBLE else original, why)


def _rejected_id(found: InboxFile, original: Original) -> str:
    return hashlib.sha256(f"{original.sha256()}|{found.folder}|rejected".encode()).hexdigest()[:16]


def _reject(session: Session, found: InboxFile, original: Original | None, why: RejectedError) -> None:
    """Record a rejected file in the ledger. An unreadable one (``original`` None) is retried every night."""
    sha256, load_id = "", trouble_id(found)
    reason = sentence(session.settings.include, "en", why.code, why.values, str(why))
    if original:
        sha256 = original.sha256()
        load_id = _rejected_id(found, original)
        folder = session.settings.rejected / sha256[:16]
        original.keep(folder)
        note = folder / f"{fitting_name(found.name, len(NOTE))}{NOTE}"
        write_whole(note, f"{found.name}: {reason}\n".encode())
    entry = {
        "load_id": load_id,
        "shop": found.folder,
        "file": found.name,
        "sha256": sha256,
        "bytes": found.size,
        "reason": reason,
        "reason_code": why.code,
        "reason_values": why.values_json,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }
    with transaction(session.con):
        session.con.execute(library_sql("ingest/reject"), entry)
        if sha256 and why.code != UNCLEAR:  # it is tried again every night
            remember(session.con, [(found, load_id)], session.context.known)
