"""A night in small, and a disk that fails: for tests that break it off at any moment, hundreds of times."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.orm import Session

from files import drop, load_all, order, orders_csv, plan, plans_csv
from night_tools import mails_of
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.ops.housekeeping import back_up
from shopwatch.ops.own_store import recall, remember_store, require_own_store, store_fault
from shopwatch.ops.raw_warehouse import require_raw_warehouse
from shopwatch.store.outbox import post
from shopwatch.store.tables import Night, OutboxMail, now, open_store
from shopwatch.warehouse.connections import shop_warehouse, transaction
from shopwatch.warehouse.publishing import publish

NIGHT = date(2026, 11, 2)
MAILS = ("1-Data", "2-运营")
COPY = """
    create or replace table copied as
    select load_id, source, shop, file, sha256, state, rows_loaded, rows_quarantined, reason_code
    from raw.loads
"""
ROWS = "create or replace table copied_orders as select * from raw.incoming.tmall_orders"


CONTRACTS = ("tmall/orders.yaml", "wanxiang/plans.yaml")


def fill_inbox(inbox: Path) -> None:
    """Two exports and a file that nobody knows; beside the inbox, a project with the contracts of these alone.

    A table for each of all contracts would take most of a night's time.
    """
    whole = Settings().include
    include = inbox.parent / "include"
    shutil.copytree(whole, include, ignore=shutil.ignore_patterns("sources"))
    for name in CONTRACTS:
        (include / "sources" / name).parent.mkdir(parents=True)
        shutil.copy(whole / "sources" / name, include / "sources" / name)
    settings = Settings(home=inbox.parent / "unused", inbox_address=str(inbox))
    drop(settings, "qinghe/ExportOrderList202611030100.csv", orders_csv([order(number) for number in range(1, 5)]))
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1), plan(2)]))
    drop(settings, "qinghe/unknown.csv", b"a,b\n1,2\n")


def small_night(home: Path, inbox: Path, at: datetime | None = None, smtp_url: str | None = None) -> None:
    """Load, copy into the shop warehouse, mail, publish, back up: every step of a night that writes files by itself."""
    settings = Settings(
        home=home, include=inbox.parent / "include", inbox_address=str(inbox), settle_seconds=0, pseudonym_key=None
    )
    assert require_own_store(settings) is None, "a night that was broken off leaves no older store"
    require_raw_warehouse(settings)
    load_all(settings)
    with shop_warehouse(settings) as con, transaction(con):
        con.execute(COPY)
        con.execute(ROWS)
    post_mails(settings)
    undelivered = deliver_due(settings, smtp_url, at).undelivered
    with open_store(settings) as engine, Session(engine) as session:
        remember_store(settings, session)
    publish(settings, NIGHT)
    back_up(settings, NIGHT)
    if undelivered:
        raise OSError("; ".join(undelivered))


def night_on_a_full_disk(home: Path, inbox: Path, most: int, smtp_url: str) -> None:
    """A night in which no file may grow over ``most`` bytes: DuckDB, SQLite and Python all fail at the first that does.

    For a process of its own, which is bound to this for good.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    small_night(home, inbox, smtp_url=smtp_url)


def post_mails(settings: Settings) -> None:
    """Write the night's mails, once."""
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        session.merge(Night(night=NIGHT, judged_at=now()))
        for key in MAILS:
            content = f"From: w@example.com\r\nTo: m@example.com\r\nSubject: {key}\r\n\r\nnews\r\n".encode()
            post(session, OutboxMail(key=key, team=key.partition("-")[2], night=NIGHT, content=content))


def outcome(home: Path) -> dict[str, Any]:
    """All that a night leaves and people look at; buyers are left out, since each home has a key of its own."""
    with duckdb.connect(home / "published" / "shop.duckdb", read_only=True) as con:
        tables = {
            "files": con.execute("select * from copied order by all").fetchall(),
            "orders": con.execute("select * exclude (buyer) from copied_orders order by all").fetchall(),
        }
    settings = Settings(home=home)
    with open_store(settings) as engine, Session(engine) as session:
        memory = recall(settings)
        store = (store_fault(settings, session), memory and memory.night, memory and memory.mail is not None)
    kept = [*home.glob("archive/*/*/*"), *home.glob("rejected/*/*")]
    return {
        **tables,
        "store": store,
        "mails": {key: mail.as_bytes() for key, mail in mails_of(home).items()},
        "originals": {str(path.relative_to(home)): path.read_bytes() for path in sorted(kept)},
        "backup": sorted(path.name for path in (home / "backups" / NIGHT.isoformat()).iterdir()),
        "leftovers": [path.name for path in home.rglob(".*") if path.suffix in (".part", ".new")],
    }


CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.link", "os.chmod", "shutil.copyfile"}
WRITING = os.O_WRONLY | os.O_RDWR


class FailingDisk:
    """Counts the changes that Python makes to files below a folder, and lets the n-th fail.

    What DuckDB and SQLite write themselves is not seen.
    """

    def __init__(self) -> None:
        self.home = ""
        self.count = 0
        self.failing: int | None = None
        sys.addaudithook(self._look)
        sync = os.fsync

        def fsync(handle: int) -> None:
            self._change(str(Path(f"/proc/self/fd/{handle}").readlink()))
            sync(handle)

        os.fsync = fsync

    def watch(self, home: Path, failing: int | None) -> None:
        """Begin to count, for the files below a home."""
        self.home, self.count, self.failing = str(home), 0, failing

    def rest(self) -> int:
        """Stop; returns how many changes there were."""
        self.home = ""
        return self.count

    def _look(self, event: str, args: tuple[Any, ...]) -> None:
        if self.home and (event in CHANGES or (event == "open" and (args[2] or 0) & WRITING)):
            self._change(os.fsdecode(args[0]) if isinstance(args[0], str | bytes | os.PathLike) else "")

    def _change(self, path: str) -> None:
        if self.home and path.startswith(self.home):
            self.count += 1
            if self.count == self.failing:
                raise OSError(errno.EIO, "Input/output error", path)
