"""Load of small files in batches: read side by side, typed by one statement, stored in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import duckdb

from shopwatch.core.reasons import RejectedError
from shopwatch.ingest.batches import BatchFile
from shopwatch.ingest.daily_rows import named_range
from shopwatch.ingest.date_orders import may_be_unclear
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.detected_file import detect_file
from shopwatch.ingest.inbox import InboxFile, change_since, fetch, unfinished
from shopwatch.ingest.ledger import RowCounts
from shopwatch.ingest.originals import SmallOriginal
from shopwatch.ingest.readers import MAKE_CELLS
from shopwatch.ingest.session import ReadFile, Session
from shopwatch.ingest.small_files import SMALL, cells_of_all, doubtful_files, small_file
from shopwatch.ingest.typed_rows import cells_side_by_side, type_side_by_side

log = logging.getLogger("shopwatch.load")


@dataclass(frozen=True)
class BatchResult:
    """Result of a batch: loaded files with their counts, and files to be loaded alone."""

    loaded: list[tuple[BatchFile, RowCounts]]
    left: list[BatchFile]


def member_of(session: Session, found: InboxFile) -> BatchFile | None:
    """Read and hash a small file; None if it must be loaded alone, which also finds the reason."""
    is_small = found.trouble is None and 0 < found.size < SMALL
    if not is_small or named_range(found.path) or unfinished(found, session.settings.settle_seconds):
        return None
    try:
        fetch(found)
        original = SmallOriginal(found, session.settings.archive)
        detection = detect_contract(found.path, session.context.contracts)
        shop = session.context.shop_of(found, detection.contract)
        detected = detect_file(found, original.sha256, detection, shop)
        rows = None if may_be_unclear(detected) else small_file(detection)
    except (RejectedError, OSError):
        return None
    if rows is None or change_since(found):  # the file changed while it was read
        return None
    return BatchFile(detected, rows, original)


def load_together(session: Session, members: list[BatchFile]) -> BatchResult:
    """Load new files of one kind. A fault in one file never affects another.

    Raises OSError if this machine's disk is at fault.
    """
    session.con.execute("set threads = 1")
    try:
        doubtful = _read(session, members)
        good = [member for member in members if member.detected.load_id not in doubtful]
        files = [ReadFile(member.detected, member.rows.counted, member.original) for member in good]
        counts = session.store(files) if files else {}
    except (RejectedError, duckdb.Error) as error:
        log.info("%d files are loaded one by one (%s)", len(members), type(error).__name__)  # its text may quote a cell
        return BatchResult([], members)
    finally:
        session.forget_rows()
    loaded = [(member, counts[member.detected.load_id]) for member in good]
    return BatchResult(loaded, [member for member in members if member.detected.load_id in doubtful])


def _read(session: Session, members: list[BatchFile]) -> set[str]:
    """Create ``typed`` from the rows of all unambiguous members. Returns the load ids of the doubtful ones."""
    con, detected_files = session.con, [member.detected for member in members]
    found, lineages, load_ids = (
        detected_files[0].detection,
        [one.lineage for one in detected_files],
        [one.load_id for one in detected_files],
    )
    cells = cells_side_by_side(con, found, lineages)
    table = cells_of_all(con, found, [member.rows for member in members], session.scratch)
    con.from_arrow(table).query("source", f"{MAKE_CELLS} {cells}")
    doubtful = doubtful_files(con, found)
    con.execute("create temp view lines as select * from cells")
    type_side_by_side(con, found, lineages[0], load_ids, session.context.pads)
    return {load_ids[number - 1] for number in doubtful}
