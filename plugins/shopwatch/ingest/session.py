"""What every load goes through, of one file or of many: a connection, what is declared, and the transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shopwatch.core.durable import private_folder
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detected_file import DetectedFile
from shopwatch.ingest.formats.workbook_process import closing_reader
from shopwatch.ingest.ledger import RowCounts, enter, forget_earlier, remember
from shopwatch.ingest.originals import Original, SmallOriginal
from shopwatch.ingest.pseudonyms import record_key, require_same_key
from shopwatch.ingest.readers import Counted
from shopwatch.ingest.sources import LoadContext, load_context
from shopwatch.ingest.typed_rows import forget_rows
from shopwatch.warehouse.connections import raw_warehouse, transaction


@dataclass(frozen=True)
class ReadFile:
    """A file whose rows are in ``typed``."""

    detected: DetectedFile
    counted: Counted
    original: Original | SmallOriginal


@dataclass(frozen=True)
class Session:
    """The raw warehouse, open for loading. ``troubles``: the ids of files that the ledger says could not be read."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    context: LoadContext
    troubles: Set[str] = frozenset()

    @property
    def scratch(self) -> Path:
        """Where copies lie that DuckDB reads, until it has."""
        return self.settings.home / "warehouse"

    def store(self, files: Sequence[ReadFile], before: Callable[[], None] | None = None) -> dict[str, RowCounts]:
        """Enter files of one contract with the same header row, in one transaction: all or none. Load id -> counts.

        Their originals are on the disk before the ledger says so. ``before`` is done first, in the transaction.
        """
        detected_files = [file.detected for file in files]
        contract = detected_files[0].detection.contract
        with transaction(self.con):
            forget_earlier(self.con, self.context.contracts.values(), detected_files, contract.hash)
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
        """Note another file with bytes that were loaded before; an original that was lost or removed comes back."""
        folder = self.archive_folder(detected)
        if not any(folder.glob("*")):
            original.keep(folder)
        remember(self.con, [(detected.found, detected.load_id)], self.context.known)

    def archive_folder(self, detected: DetectedFile) -> Path:
        """Where the original of a load belongs."""
        folder = self.settings.archive / detected.shop.name / detected.hashed()[:16]
        return folder / detected.found.place_name.split("/")[0] if detected.day else folder

    def forget_rows(self) -> None:
        """Take away what reading and typing left in the connection."""
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
        # Rows that are about to move on are not worth the search for what each column's texts have in common.
        con.execute("set disabled_compression_methods = 'dictionary,fsst'")
        for script in ("ingest/types", "ingest/shapes"):
            con.execute(library_sql(script))
        yield Session(con, settings, context)


def summary(detected: DetectedFile, counts: RowCounts) -> str:
    """What the log says of a load."""
    said = f"{detected.detection.contract.export} of {detected.shop.name}"
    if counts.loaded or counts.quarantined:
        said += f", {counts.loaded:,} rows, {counts.quarantined} quarantined, {counts.skipped} skipped"
    else:
        said += ", no rows yet"
    others = ", ".join(detected.detection.other_sheets)
    return f"{said}; sheets not read: {others}" if others else said
