"""What every load goes through, of one file or of many: a connection, what is declared, and the transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from shopwatch.durable import private_folder
from shopwatch.exports.ledger import RowCounts, enter, forget_earlier, remember
from shopwatch.exports.originals import Original, SmallOriginal
from shopwatch.exports.privacy import record_key, require_same_key
from shopwatch.exports.readers import Counted
from shopwatch.exports.sources import House, declared
from shopwatch.exports.taken import Taken
from shopwatch.exports.typed_rows import forget_rows
from shopwatch.exports.workbook_process import closing_reader
from shopwatch.settings import Settings
from shopwatch.warehouse import raw_warehouse, sql_text, transaction


@dataclass(frozen=True)
class ReadFile:
    """A file whose rows are in ``typed``."""

    taken: Taken
    counted: Counted
    original: Original | SmallOriginal


@dataclass(frozen=True)
class Session:
    """The raw warehouse, open for loading. ``troubles``: the ids of files that the ledger says could not be read."""

    con: duckdb.DuckDBPyConnection
    settings: Settings
    house: House
    troubles: Set[str] = frozenset()

    @property
    def scratch(self) -> Path:
        """Where copies lie that DuckDB reads, until it has."""
        return self.settings.home / "warehouse"

    def store(self, files: Sequence[ReadFile], before: Callable[[], None] | None = None) -> dict[str, RowCounts]:
        """Enter files of one contract with the same header row, in one transaction: all or none. Load id -> counts.

        Their originals are on the disk before the ledger says so. ``before`` is done first, in the transaction.
        """
        takens = [file.taken for file in files]
        contract = takens[0].recognised.contract
        with transaction(self.con):
            forget_earlier(self.con, self.house.contracts.values(), takens, contract.hash)
            if before:
                before()
            counts = enter(self.con, self.settings, [(file.taken, file.counted) for file in files])
            if any(column.type == "pseudonym" for column in contract.columns.values()):
                record_key(self.con, self.house.pads)
            remember(self.con, [(taken.found, taken.load_id) for taken in takens], self.house.known)
            for file in files:
                file.original.keep(self.archive_folder(file.taken))
        return counts

    def repeat(self, taken: Taken, original: Original | SmallOriginal) -> None:
        """Note another file with bytes that were loaded before; an original that was lost or removed comes back."""
        folder = self.archive_folder(taken)
        if not any(folder.glob("*")):
            original.keep(folder)
        remember(self.con, [(taken.found, taken.load_id)], self.house.known)

    def archive_folder(self, taken: Taken) -> Path:
        """Where the original of a load belongs."""
        folder = self.settings.archive / taken.shop.name / taken.hashed()[:16]
        return folder / taken.found.place_name.split("/")[0] if taken.day else folder

    def forget_rows(self) -> None:
        """Take away what reading and typing left in the connection."""
        forget_rows(self.con)
        self.con.execute(sql_text(self.settings, "load/clear"))


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """Open the raw warehouse for loading. Raises ContractError, PseudonymKeyError and BusyError."""
    house = declared(settings)
    with raw_warehouse(settings, house.contracts) as con, closing_reader():
        require_same_key(con, house.pads)
        for folder in (settings.archive, settings.rejected):
            private_folder(folder)
        # Rows that are about to move on are not worth the search for what each column's texts have in common.
        con.execute("set disabled_compression_methods = 'dictionary,fsst'")
        for script in ("types", "look/shapes"):
            con.execute(sql_text(settings, script))
        yield Session(con, settings, house)


def summary(taken: Taken, counts: RowCounts) -> str:
    """What the log says of a load."""
    said = f"{taken.recognised.contract.export} of {taken.shop.name}"
    if counts.loaded or counts.quarantined:
        said += f", {counts.loaded:,} rows, {counts.quarantined} quarantined, {counts.skipped} skipped"
    else:
        said += ", no rows yet"
    others = ", ".join(taken.recognised.other_sheets)
    return f"{said}; sheets not read: {others}" if others else said
