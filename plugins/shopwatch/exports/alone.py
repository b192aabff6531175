"""One file loaded by itself: it ends as loaded, repeated or rejected with a reason, or it waits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from shopwatch.durable import write_whole
from shopwatch.exports.inbox import TROUBLE, Found, fetch, let_go, unfinished, what_became_of
from shopwatch.exports.ledger import RowCounts, known_loads, quarantine_broken, remember, trouble_id
from shopwatch.exports.originals import Original, original_of
from shopwatch.exports.progress import watched
from shopwatch.exports.readers import read
from shopwatch.exports.reasons import RejectedError, sentence
from shopwatch.exports.recognise import recognise
from shopwatch.exports.session import ReadFile, Session, summary
from shopwatch.exports.sources import UNKNOWN
from shopwatch.exports.taken import Taken, shop_of, take
from shopwatch.exports.typed_rows import cells_of, type_rows
from shopwatch.warehouse import sql_text, transaction

WORTH_THREADS = 16 << 20  # bytes
REPEATED = "the same bytes were loaded before"
LONGEST_NAME = 240  # bytes: a file's name has 255 at most


@dataclass
class Outcome:
    """How one file ended. ``why``: it was rejected, or waits where its code is ``changed``. ``said`` is for the log.

    ``is_old_trouble``: it still cannot be looked at, and the ledger says so already.
    """

    source: str = UNKNOWN
    bytes: int = 0
    counts: RowCounts | None = None
    is_repeated: bool = False
    why: RejectedError | None = None
    is_old_trouble: bool = False
    said: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether the file is still being written."""
        return self.why is not None and self.why.code == "changed"


def load_alone(session: Session, found: Found) -> Outcome:
    """Load one file. Raises OSError where this machine's disk is at fault, and not the file."""
    outcome = Outcome()
    # To hand a small file to threads costs more than it saves.
    session.con.execute("reset threads" if found.size >= WORTH_THREADS else "set threads = 1")
    try:
        if unfinished(found, session.settings.settle_seconds):
            raise RejectedError("changed")
        fetch(found)
        with original_of(found, session.settings.archive) as original:
            _load_fetched(session, found, original, outcome)
    except RejectedError as why:
        _leave(session, found, None, why, outcome)
    finally:
        let_go(found)
        session.forget_rows()
    return outcome


def _load_fetched(session: Session, found: Found, original: Original, outcome: Outcome) -> None:
    outcome.bytes = found.size
    try:
        if not found.size:
            raise RejectedError("empty")
        recognised = recognise(found.path, session.house.contracts)
        outcome.source = recognised.contract.export
        shop = shop_of(found, recognised.contract, session.house.shops)
        taken = take(found, original.sha256, recognised, shop)
        _load(session, taken, original, outcome)
    except (RejectedError, OSError) as error:
        original.wait()  # it may change, or vanish, while it is copied
        why = what_became_of(found) or error
        if isinstance(why, OSError):
            raise  # the file is as it was: the disk is at fault, and not for this file alone
        _leave(session, found, original, why, outcome)


def _load(session: Session, taken: Taken, original: Original, outcome: Outcome) -> None:
    con, found = session.con, taken.found
    if _is_known(session, taken):
        session.repeat(taken, original)
        outcome.is_repeated, outcome.said = True, REPEATED
        return
    with watched(con, found.name, found.size, session.scratch) as step:
        cells = cells_of(con, taken.recognised, taken.lineage)
        counted = read(con, taken.recognised, session.scratch, cells)  # a try that fails would end a transaction
        step.looking_up(counted.records)
        type_rows(con, taken.recognised, taken.lineage, taken.load_id, session.house.pads)
        step.storing()

        def first() -> None:
            if trouble := what_became_of(found):
                raise trouble  # what was read is not what lies there, or not all of it
            quarantine_broken(con, session.settings, taken)

        counts = session.store([ReadFile(taken, counted, original)], first)[taken.load_id]
    outcome.counts, outcome.said = counts, summary(taken, counts)


def _is_known(session: Session, taken: Taken) -> bool:
    """Whether the same bytes count already: their hash is waited for only where a file of that size was loaded."""
    same_size = session.con.execute("select 1 from loads where bytes = $1 limit 1", [taken.found.size]).fetchone()
    return same_size is not None and taken.load_id in known_loads(session.con, [taken])


def _leave(session: Session, found: Found, original: Original | None, why: RejectedError, outcome: Outcome) -> None:
    outcome.why = why
    outcome.is_old_trouble = why.code in TROUBLE and trouble_id(found) in session.troubles
    if outcome.is_old_trouble:
        return
    outcome.said = f"{'waits' if outcome.is_waiting else 'rejected'}: {why}"
    if not outcome.is_waiting:
        _reject(session, found, None if why.code in TROUBLE else original, why)


def _reject(session: Session, found: Found, original: Original | None, why: RejectedError) -> None:
    """Enter a file that was not taken; one that could not be read (``original`` is None) is tried again every night."""
    sha256, load_id = "", trouble_id(found)
    reason = sentence(session.settings.include, "en", why.code, why.values, str(why))
    if original:
        sha256 = original.sha256()
        load_id = hashlib.sha256(f"{sha256}|{found.folder}|rejected".encode()).hexdigest()[:16]
        folder = session.settings.rejected / sha256[:16]
        original.keep(folder)
        note = folder / f"{found.name.encode()[:LONGEST_NAME].decode(errors='ignore')}.reason.txt"
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
        session.con.execute(sql_text(session.settings, "load/reject"), entry)
        if sha256:
            remember(session.con, [(found, load_id)], session.house.known)
