"""Small files of one kind loaded together: read side by side, typed by one statement, stored in one transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import duckdb

from shopwatch.exports.batches import Member
from shopwatch.exports.inbox import Found, fetch, unfinished, what_became_of
from shopwatch.exports.ledger import RowCounts
from shopwatch.exports.originals import SmallOriginal
from shopwatch.exports.readers import MAKE_CELLS
from shopwatch.exports.reasons import RejectedError
from shopwatch.exports.recognise import recognise
from shopwatch.exports.session import ReadFile, Session
from shopwatch.exports.small_files import SMALL, cells_of_all, doubtful_files, small_file
from shopwatch.exports.taken import shop_of, take
from shopwatch.exports.typed_rows import cells_side_by_side, type_side_by_side

log = logging.getLogger("shopwatch.load")


@dataclass(frozen=True)
class Together:
    """The files that were loaded, with their counts, and those that have to be loaded alone."""

    loaded: list[tuple[Member, RowCounts]]
    left: list[Member]


def member_of(session: Session, found: Found) -> Member | None:
    """A small file, read and hashed; None where it has to be loaded alone, which tells why."""
    is_small = found.trouble is None and 0 < found.size < SMALL
    if not is_small or unfinished(found, session.settings.settle_seconds):
        return None
    try:
        fetch(found)
        original = SmallOriginal(found, session.settings.archive)
        recognised = recognise(found.path, session.house.contracts)
        shop = shop_of(found, recognised.contract, session.house.shops)
        taken = take(found, original.sha256, recognised, shop)
        rows = small_file(recognised)
    except (RejectedError, OSError):
        return None
    if rows is None or what_became_of(found):  # what was read is not what lies there, or not all of it
        return None
    return Member(taken, rows, original)


def load_together(session: Session, members: list[Member]) -> Together:
    """Load files of one kind, none of which is known. One file's fault never changes what another gets.

    Raises OSError where this machine's disk is at fault.
    """
    session.con.execute("set threads = 1")
    try:
        doubtful = _read(session, members)
        good = [member for member in members if member.taken.load_id not in doubtful]
        files = [ReadFile(member.taken, member.rows.counted, member.original) for member in good]
        counts = session.store(files) if files else {}
    except (RejectedError, duckdb.Error) as error:
        log.info("%d files are loaded one by one (%s)", len(members), type(error).__name__)  # its text may quote a cell
        return Together([], members)
    finally:
        session.forget_rows()
    loaded = [(member, counts[member.taken.load_id]) for member in good]
    return Together(loaded, [member for member in members if member.taken.load_id in doubtful])


def _read(session: Session, members: list[Member]) -> set[str]:
    """Make ``typed`` of the members' rows, without those that are in doubt: their load ids."""
    con, takens = session.con, [member.taken for member in members]
    found, lineages, load_ids = takens[0].recognised, [one.lineage for one in takens], [one.load_id for one in takens]
    cells = cells_side_by_side(con, found, lineages)
    table = cells_of_all(con, found, [member.rows for member in members], session.scratch)
    con.from_arrow(table).query("source", f"{MAKE_CELLS} {cells}")
    doubtful = doubtful_files(con, found)
    con.execute("create temp view lines as select * from cells")
    type_side_by_side(con, found, lineages[0], load_ids, session.house.pads)
    return {load_ids[number - 1] for number in doubtful}
