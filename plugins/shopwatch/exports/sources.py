"""The new files of the inbox, and which export each is of."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from shopwatch.exports.contract import Contract, load_contracts
from shopwatch.exports.inbox import TROUBLE, Found, Inbox, fetch, find, open_inbox, unfinished
from shopwatch.exports.ledger import trouble_id
from shopwatch.exports.privacy import Pads, pads, require_same_key
from shopwatch.exports.reasons import RejectedError
from shopwatch.exports.recognise import recognise
from shopwatch.exports.workbook_process import closing_reader
from shopwatch.settings import Settings
from shopwatch.shops import Shop, load_shops
from shopwatch.warehouse import raw_warehouse

log = logging.getLogger("shopwatch.load")

UNKNOWN = "unknown"


@dataclass(frozen=True)
class House:
    """What is declared: contracts, shops, the pseudonyms' pads, and a hash of it all."""

    contracts: dict[str, Contract]
    shops: dict[str, Shop]
    pads: Pads
    known: str


def declared(settings: Settings) -> House:
    """Read contracts, shops and the key. Raises ContractError and PseudonymKeyError."""
    contracts, shops = load_contracts(settings.include), load_shops(settings)
    content = repr(sorted((c.export, c.hash) for c in contracts.values())) + repr(sorted(shops))
    return House(contracts, shops, pads(settings), hashlib.sha256(content.encode()).hexdigest())


@dataclass
class NewFiles:
    """The files that are whole and not known as they are; ``waiting``: those that are still being written."""

    files: list[Found]
    troubles: set[str]
    waiting: int = 0

    def is_old_trouble(self, found: Found, error: RejectedError | OSError) -> bool:
        """Whether the file could not be looked at in an earlier night either, which is in the ledger."""
        is_trouble = isinstance(error, OSError) or error.code in TROUBLE
        return is_trouble and trouble_id(found) in self.troubles


def new_files(con: duckdb.DuckDBPyConnection, settings: Settings, house: House, inbox: Inbox) -> NewFiles:
    """List the inbox without opening a file. Raises OSError where it cannot be listed."""
    seen = set(con.execute("select path, size, modified_ns, etag, known_hash from seen").fetchall())
    troubles = {load_id for (load_id,) in con.execute("select load_id from loads where sha256 = ''").fetchall()}
    new = NewFiles([], troubles)
    for found in find(inbox, settings.fetched):
        if (*found.identity, house.known) in seen:
            continue
        if unfinished(found, settings.settle_seconds):
            new.waiting += 1
        else:
            new.files.append(found)
    return new


@closing_reader()
def find_sources(settings: Settings, inbox: Inbox | None = None) -> dict[str, list[str]]:
    """Export name -> the new whole files of it in the inbox, ``unknown`` for those that nobody can tell.

    Files that are still being written are left for the next night; known ones are not opened. Raises
    OSError where the inbox cannot be listed.
    """
    house = declared(settings)
    with raw_warehouse(settings, house.contracts) as con:
        require_same_key(con, house.pads)
        new = new_files(con, settings, house, inbox or open_inbox(settings))
    sources: dict[str, list[str]] = {}
    fetched = set()
    for found, source in _sources(new, house):
        fetched.add(found.path.parent)
        sources.setdefault(source, []).append(found.key)
    for left in settings.fetched.glob("*"):
        if left not in fetched:
            shutil.rmtree(left)
    count = sum(map(len, sources.values()))
    log.info("%d new files of %d kinds; %d still being written", count, len(sources), new.waiting)
    return dict(sorted(sources.items()))


def _sources(new: NewFiles, house: House) -> Iterator[tuple[Found, str]]:
    for found in new.files:
        try:
            fetch(found)
            source = recognise(found.path, house.contracts).contract.export if found.size else UNKNOWN
        except (RejectedError, OSError) as error:
            if new.is_old_trouble(found, error):
                log.info("%s still cannot be read", found.name)
                continue
            source = UNKNOWN
        yield found, source
