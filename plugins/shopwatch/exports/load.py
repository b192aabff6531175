"""Files into the raw warehouse: one ledger row a file, the same bytes once; small files in batches, others alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from shopwatch.durable import remove_leftovers
from shopwatch.exports.alone import REPEATED, Outcome, load_alone
from shopwatch.exports.batches import Batches, Member
from shopwatch.exports.inbox import Found, Inbox, find, let_go, missing, open_inbox
from shopwatch.exports.ledger import known_loads
from shopwatch.exports.progress import Overall
from shopwatch.exports.session import Session, open_session, summary
from shopwatch.exports.sources import UNKNOWN, new_files
from shopwatch.exports.sources import find_sources as find_sources
from shopwatch.exports.together import Together, load_together, member_of
from shopwatch.settings import Settings

log = logging.getLogger("shopwatch.load")


@dataclass
class Loaded:
    """Counts of one source's files and rows, the bytes that were read and the seconds that it took.

    ``waiting``: files that turned out to be still being written; the next night looks again.
    """

    source: str
    files: int = 0
    repeated: int = 0
    rejected: int = 0
    waiting: int = 0
    rows: int = 0
    quarantined: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        """Count one more file."""
        self.bytes += outcome.bytes
        self.waiting += outcome.is_waiting
        self.rejected += outcome.why is not None and not outcome.is_waiting
        self.files += outcome.is_repeated or outcome.counts is not None
        self.repeated += outcome.is_repeated
        if outcome.counts:
            self.rows += outcome.counts.loaded
            self.quarantined += outcome.counts.quarantined
            self.skipped += outcome.counts.skipped


def load_new(settings: Settings, inbox: Inbox | None = None) -> dict[str, Loaded]:
    """Load all new whole files of the inbox in one go: `find_sources` and `load_files` of each, but every file is
    opened once. Export name -> its counts, ``unknown`` for files that nobody can tell.
    """
    inbox = inbox or open_inbox(settings)
    with open_session(settings) as session:
        new = new_files(session.con, settings, session.house, inbox)
        remove_leftovers(settings.fetched.glob("*"))
        log.info("%d new files; %d still being written", len(new.files), new.waiting)
        return _Loading(replace(session, troubles=new.troubles)).load(new.files)


def load_files(settings: Settings, source: str, paths: Iterable[str], inbox: Inbox | None = None) -> Loaded:
    """Load the files of one source; each ends as loaded, repeated or rejected with a reason, or waits."""
    wanted = set(paths)
    inbox = inbox or open_inbox(settings)
    with open_session(settings) as session:
        files = [found for found in find(inbox, settings.fetched) if found.key in wanted]
        files += [missing(inbox, key) for key in sorted(wanted - {found.key for found in files})]
        return _Loading(session, source).load(files)[source]


class _Loading:
    """Files on their way into the warehouse, small ones together with others of their kind.

    ``source``: that of all files, None where they are of several.
    """

    def __init__(self, session: Session, source: str | None = None) -> None:
        self._session, self._source = session, source
        self._results = {source: Loaded(source)} if source else {}
        self._waiting = Batches()
        self._progress = Overall([])

    def load(self, files: list[Found]) -> dict[str, Loaded]:
        """Load the files. Export name -> its counts."""
        self._progress = Overall([found.size for found in files])
        for found in files:
            started = time.monotonic()
            member = None if self._source == UNKNOWN else member_of(self._session, found)
            if self._waiting.holds(member) if member else self._waiting.may_hold(found.size):
                self._load_waiting()  # of the same bytes the first is loaded, the second repeats it
            if member is None:
                self._load_alone(found)
                continue
            self._waiting.add(member)
            self._result(member.source).seconds += time.monotonic() - started
            if self._waiting.is_full:
                self._load_waiting()
        self._load_waiting()
        for result in self._results.values():
            result.seconds = round(result.seconds, 1)
        return dict(sorted(self._results.items()))

    def _result(self, source: str) -> Loaded:
        source = self._source or source
        return self._results.setdefault(source, Loaded(source))

    def _load_waiting(self) -> None:
        for members in self._waiting.take_all():
            started = time.monotonic()
            left = self._load_batch(members, self._result(members[0].source))
            self._result(members[0].source).seconds += time.monotonic() - started
            for member in left:
                self._load_alone(member.taken.found)
            for member in members:
                let_go(member.taken.found)

    def _load_batch(self, members: list[Member], result: Loaded) -> list[Member]:
        """Load what can be loaded together; returns what has to be loaded alone."""
        known = known_loads(self._session.con, [member.taken for member in members])
        for member in members:
            if member.taken.load_id in known:
                self._session.repeat(member.taken, member.original)
                result.count(Outcome(bytes=member.taken.found.size, is_repeated=True))
                self._tell(member.taken.found, REPEATED)
        new = [member for member in members if member.taken.load_id not in known]
        together = load_together(self._session, new) if new else Together([], [])
        for member, counts in together.loaded:
            result.count(Outcome(bytes=member.taken.found.size, counts=counts))
            self._tell(member.taken.found, summary(member.taken, counts), counts.loaded)
        return together.left

    def _load_alone(self, found: Found) -> None:
        started = time.monotonic()
        outcome = load_alone(self._session, found)
        if outcome.is_old_trouble:
            log.info("%s still cannot be read", found.name)
            return
        result = self._result(outcome.source)
        result.count(outcome)
        if outcome.why and not outcome.is_waiting:
            result.reasons.append(f"{found.name}: {outcome.why}")
        result.seconds += time.monotonic() - started
        self._tell(found, outcome.said, outcome.counts.loaded if outcome.counts else 0)

    def _tell(self, found: Found, said: str, rows: int = 0) -> None:
        log.info("%s %s (%.1f kB): %s", self._progress.next(found.size, rows), found.name, found.size / 1000, said)
        if far := self._progress.due():
            log.info("%s", far)
