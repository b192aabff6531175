"""Load session: connection, declarations and transaction shared by single and batch loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from shopwatch.core.durable import private_folder
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.date_orders import DateOrders
from shopwatch.ingest.detected_file import DetectedFile
from shopwatch.ingest.formats.workbook_process import closing_reader
from shopwatch.ingest.ledger import RowCounts, enter, forget_earlier, remember
from shopwatch.ingest.originals import Original, SmallOriginal
from shopwatch.ingest.pseudonyms import record_key, require_same_key
from shopwatch.ingest.record_counts import RecordCounts
from shopwatch.ingest.sources import LoadContext, load_context
from shopwatch.ingest.typed_rows import forget_rows
from shopwatch.warehouse.connections import raw_warehouse, transaction


@dataclass(frozen=True)
class ReadFile:
    """File whose rows are in ``typed``."""

    detected: DetectedFile
    counted: RecordCounts
    original: Original | SmallOriginal


@dataclass(frozen=True)
class Session:
    """Raw warehouse open for loading. ``troubles``: ledger ids of unreadable files."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    context: LoadContext
    troubles: Set[str] = frozenset()
    date_orders: DateOrders = field(default_factory=DateOrders)

    @property
    def scratch(self) -> Path:
        """Folder of temporary copies for DuckDB."""
        return self.settings.raw_warehouse.parent

    def store(self, files: Sequence[ReadFile], before: Callable[[], None] | None = None) -> dict[str, RowCounts]:
        """Store files of one contract and header row in one transaction, all or none. Returns load id -> counts.

        The originals are on disk before the commit of the ledger. ``before`` runs first within the transaction.
        """
        detected_files = [file.detected for file in files]
        contract = detected_files[0].detection.contract
        with transaction(self.con):
            forget_earlier(self.con, detected_files, contract.hash)
            if before:
                before()
            counts = enter(self.con, self.settings, [(file.detected, file.counted) for file in files])
            if any(column.type == "pseudonym" for column in contract.columns.values()):
                record_key(self.con, self.context.pads)
            remember(self.con, [(detected.found, detected.load_id) for detected in detected_files], self.context.known)
            for file in files:
                file.original.keep(self.archive_folder(file.detected))
        return counts

    def repeat(self, detected: DetectedFile, original: Original | SmallOriginal) -> None:
        """Record another file with bytes loaded before; restores an archived original that was lost or removed."""
        folder = self.archive_folder(detected)
        if not any(folder.glob("*")):
            original.keep(folder)
        remember(self.con, [(detected.found, detected.load_id)], self.context.known)

    def archive_folder(self, detected: DetectedFile) -> Path:
        """Archive folder of a load's original."""
        folder = self.settings.archive / detected.shop.name / detected.hashed()[:16]
        return folder / detected.found.place_name.split("/")[0] if detected.day else folder

    def forget_rows(self) -> None:
        """Drop everything that reading and typing created in the connection."""
        forget_rows(self.con)
        self.con.execute(library_sql("ingest/clear"))


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """Open the raw warehouse for loading. Raises DeclarationError, PseudonymKeyError and BusyError."""
    context = load_context(settings)
    with raw_warehouse(settings, context.contracts) as con, closing_reader():
        require_same_key(con, context.pads)
        for folder in (settings.archive, settings.rejected):
            private_folder(folder)
        # Incoming rows are moved on soon, so costly compression does not pay off.
        con.execute("set disabled_compression_methods = 'dictionary,fsst'")
        # DuckDB would plan a join for each list of words, which takes longer than to read a small file.
        con.execute("set disabled_optimizers = 'in_clause'")
        for script in ("ingest/types", "ingest/moments", "ingest/shapes"):
            con.execute(library_sql(script))
        yield Session(con, settings, context)


def summary(detected: DetectedFile, counts: RowCounts) -> str:
    """Summary of a load for the log."""
    text = f"{detected.detection.contract.export} of {detected.shop.name}"
    if counts.loaded or counts.quarantined:
        text += f", {counts.loaded:,} rows, {counts.quarantined} quarantined, {counts.skipped} skipped"
    else:
        text += ", no rows yet"
    others = ", ".join(detected.detection.other_sheets)
    return f"{text}; sheets not read: {others}" if others else text
