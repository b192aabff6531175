"""New files of the inbox, by export."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.contracts import Contract
from shopwatch.catalog.shops import Shop
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import Settings
from shopwatch.ingest.detect import detect_contract
from shopwatch.ingest.detected_file import shop_of
from shopwatch.ingest.formats.workbook_process import closing_reader
from shopwatch.ingest.inbox import TROUBLE, Inbox, InboxFile, fetch, find, open_inbox, unfinished
from shopwatch.ingest.ledger import trouble_id
from shopwatch.ingest.pseudonyms import HmacPads, pads, require_same_key
from shopwatch.warehouse.connections import raw_warehouse

log = logging.getLogger("shopwatch.load")

UNKNOWN = "unknown"


@dataclass(frozen=True)
class LoadContext:
    """The catalog behind a load, the pads of the pseudonyms, and a hash of contracts and shops."""

    catalog: Catalog
    pads: HmacPads
    known: str

    @property
    def contracts(self) -> dict[str, Contract]:
        """Export -> contract."""
        return self.catalog.contracts

    def shop_of(self, found: InboxFile, contract: Contract) -> Shop:
        """Shop of a file. Raises RejectedError if it cannot be determined, or is another shard's."""
        shop = shop_of(found, contract, self.catalog.all_shops)
        if shop.name not in self.catalog.shops:
            raise RejectedError("no_folder", shops=sorted(self.catalog.all_shops))
        return shop


def load_context(settings: Settings) -> LoadContext:
    """Read contracts, shops and the key. Raises DeclarationError and PseudonymKeyError."""
    catalog = Catalog(settings)
    content = repr(sorted((c.export, c.hash) for c in catalog.contracts.values())) + repr(
        sorted((name, shop.date_order or "") for name, shop in catalog.shops.items())
    )
    return LoadContext(catalog, pads(settings), hashlib.sha256(content.encode()).hexdigest())


@dataclass
class NewFiles:
    """Complete files that are new or changed; ``waiting``: number of files still being written."""

    files: list[InboxFile]
    troubles: set[str]
    waiting: int = 0

    def is_old_trouble(self, found: InboxFile, error: RejectedError | OSError) -> bool:
        """True if the file was unreadable in an earlier night as well and is in the ledger."""
        is_trouble = isinstance(error, OSError) or error.code in TROUBLE
        return is_trouble and trouble_id(found) in self.troubles


def new_files(con: duckdb.DuckDBPyConnection, settings: Settings, context: LoadContext, inbox: Inbox) -> NewFiles:
    """List the inbox without opening a file. Raises OSError if it cannot be listed."""
    seen = set(con.execute("select path, size, modified_ns, etag, known_hash from seen").fetchall())
    troubles = {load_id for (load_id,) in con.execute("select load_id from loads where sha256 = ''").fetchall()}
    new = NewFiles([], troubles)
    for found in find(inbox, settings.fetched, context.catalog.others_shops):
        if not context.catalog.concerns(found.folder):
            continue
        if (*found.identity, context.known) in seen:
            continue
        if unfinished(found, settings.settle_seconds):
            new.waiting += 1
        else:
            new.files.append(found)
    return new


@closing_reader()
def find_sources(settings: Settings, inbox: Inbox | None = None) -> dict[str, list[str]]:
    """Export name -> its complete new files in the inbox; ``unknown``: files without a matching contract.

    Files still being written are left for the next night; known ones are not opened. Raises OSError if the inbox cannot
    be listed.
    """
    context = load_context(settings)
    with raw_warehouse(settings, context.contracts) as con:
        require_same_key(con, context.pads)
        new = new_files(con, settings, context, inbox or open_inbox(settings))
    sources: dict[str, list[str]] = {}
    fetched = set()
    for found, source in _sources(new, context):
        fetched.add(found.path.parent)
        sources.setdefault(source, []).append(found.key)
    for left in settings.fetched.glob("*"):
        if left not in fetched:
            shutil.rmtree(left)
    count = sum(map(len, sources.values()))
    log.info("%d new files of %d kinds; %d still being written", count, len(sources), new.waiting)
    return dict(sorted(sources.items()))


def _sources(new: NewFiles, context: LoadContext) -> Iterator[tuple[InboxFile, str]]:
    for found in new.files:
        try:
            fetch(found)
            source = detect_contract(found.path, context.contracts).contract.export if found.size else UNKNOWN
        except (RejectedError, OSError) as error:
            if new.is_old_trouble(found, error):
                log.info("%s still cannot be read", found.name)
                continue
            source = UNKNOWN
        yield found, source
