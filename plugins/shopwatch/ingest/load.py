"""Load files into the raw warehouse: one ledger row per file, same bytes once; small files in batches, others alone."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace

from shopwatch.core.durable import remove_leftovers
from shopwatch.core.settings import Settings
from shopwatch.ingest.batches import Batches, BatchFile
from shopwatch.ingest.inbox import Inbox, InboxFile, open_inbox, release
from shopwatch.ingest.ledger import known_loads
from shopwatch.ingest.load_alone import REPEATED, FileOutcome, load_alone
from shopwatch.ingest.load_batch import BatchResult, load_together, member_of
from shopwatch.ingest.progress import TotalProgress
from shopwatch.ingest.session import Session, open_session, summary
from shopwatch.ingest.sources import find_sources as find_sources
from shopwatch.ingest.sources import new_files

log = logging.getLogger("shopwatch.load")


@dataclass
class LoadResult:
    """File and row counts of one source, with bytes read and seconds taken.

    ``waiting``: files that are still being written; the next night retries them.
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

    def count(self, outcome: FileOutcome) -> None:
        """Add the outcome of one file."""
        self.bytes += outcome.bytes
        self.waiting += outcome.is_waiting
        self.rejected += outcome.why is not None and not outcome.is_waiting
        self.files += outcome.is_repeated or outcome.counts is not None
        self.repeated += outcome.is_repeated
        if outcome.counts:
            self.rows += outcome.counts.loaded
            self.quarantined += outcome.counts.quarantined
            self.skipped += outcome.counts.skipped


def load_new(settings: Settings, inbox: Inbox | None = None) -> dict[str, LoadResult]:
    """Load all complete new files of the inbox. Returns export name -> counts.

    Each file ends as loaded, repeated, rejected with a reason, or waiting. ``unknown`` collects files without a
    matching contract. Raises OSError if the inbox cannot be listed.
    """
    inbox = inbox or open_inbox(settings)
    with open_session(settings) as session:
        new = new_files(session.con, settings, session.context, inbox)
        remove_leftovers(settings.fetched.glob("*"))
        log.info("%d new files; %d still being written", len(new.files), new.waiting)
        return _LoadRun(replace(session, troubles=new.troubles)).load(new.files)


class _LoadRun:
    """One run over a list of files; small files are batched by kind."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._results: dict[str, LoadResult] = {}
        self._waiting = Batches()
        self._progress = TotalProgress([])
        self._postponed: list[InboxFile] = []

    def load(self, files: list[InboxFile]) -> dict[str, LoadResult]:
        """Load the files. Returns export name -> counts."""
        self._progress = TotalProgress([found.size for found in files])
        for found in files:
            started = time.monotonic()
            member = member_of(self._session, found)
            if self._waiting.holds(member) if member else self._waiting.may_hold(found.size):
                self._load_waiting()  # of equal bytes, load the first before the second is handled as a repetition
            if member is None:
                self._load_alone(found)
                continue
            self._waiting.add(member)
            self._result(member.source).seconds += time.monotonic() - started
            if self._waiting.is_full:
                self._load_waiting()
        self._load_waiting()
        for found in self._postponed:
            self._load_alone(found, is_last=True)
        for result in self._results.values():
            result.seconds = round(result.seconds, 1)
        return dict(sorted(self._results.items()))

    def _result(self, source: str) -> LoadResult:
        return self._results.setdefault(source, LoadResult(source))

    def _load_waiting(self) -> None:
        for members in self._waiting.take_all():
            started = time.monotonic()
            left = self._load_batch(members, self._result(members[0].source))
            self._result(members[0].source).seconds += time.monotonic() - started
            for member in left:
                self._load_alone(member.detected.found)
            for member in members:
                release(member.detected.found)

    def _load_batch(self, members: list[BatchFile], result: LoadResult) -> list[BatchFile]:
        """Load a batch together; returns the members that must be loaded alone."""
        known = known_loads(self._session.con, [member.detected for member in members])
        for member in members:
            if member.detected.load_id in known:
                self._session.repeat(member.detected, member.original)
                result.count(FileOutcome(bytes=member.detected.found.size, is_repeated=True))
                self._log_file(member.detected.found, REPEATED)
        new = [member for member in members if member.detected.load_id not in known]
        together = load_together(self._session, new) if new else BatchResult([], [])
        for member, counts in together.loaded:
            result.count(FileOutcome(bytes=member.detected.found.size, counts=counts))
            self._log_file(member.detected.found, summary(member.detected, counts), counts.loaded)
        return together.left

    def _load_alone(self, found: InboxFile, *, is_last: bool = False) -> None:
        started = time.monotonic()
        outcome = load_alone(self._session, found, is_last=is_last)
        if outcome.is_postponed:
            self._postponed.append(found)
            return
        if outcome.is_old_trouble:
            log.info("%s still cannot be read", found.name)
            return
        result = self._result(outcome.source)
        result.count(outcome)
        if outcome.why and not outcome.is_waiting:
            result.reasons.append(f"{found.name}: {outcome.why}")
        result.seconds += time.monotonic() - started
        self._log_file(found, outcome.message, outcome.counts.loaded if outcome.counts else 0)

    def _log_file(self, found: InboxFile, message: str, rows: int = 0) -> None:
        log.info("%s %s (%.1f kB): %s", self._progress.next(found.size, rows), found.name, found.size / 1000, message)
        if far := self._progress.due():
            log.info("%s", far)
