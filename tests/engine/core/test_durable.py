"""The ledger and the outbox record no file that could not be synced to the disk."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from files import ask, drop, load_all, order, orders_csv
from shopwatch.core.durable import write_whole
from shopwatch.core.settings import Settings
from shopwatch.notify.delivery import deliver_due
from shopwatch.store.outbox import post
from shopwatch.store.tables import OutboxMail, Recipient, now, open_store

NAME = "qinghe/ExportOrderList202611030100.csv"
MAIL = b"From: w@example.com\r\nTo: m@example.com\r\n\r\nnews\r\n"


class Syncs:
    """The paths that were synced; those below ``failing`` cannot be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: list[Path] = []
        self.failing: Path | None = None
        self._sync = os.fsync
        monkeypatch.setattr(os, "fsync", self._look)

    def _look(self, handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        self.paths.append(path)
        if self.failing and path.is_relative_to(self.failing):
            raise OSError(errno.EIO, "Input/output error", str(path))
        self._sync(handle)


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> Syncs:
    return Syncs(monkeypatch)


def test_a_file_is_synced_under_its_first_name_and_then_its_folder(syncs: Syncs, tmp_path: Path) -> None:
    write_whole(tmp_path / "a.eml", b"content")
    file, folder = syncs.paths
    assert (file.parent, file.suffix, folder) == (tmp_path, ".part", tmp_path)


def test_a_file_whose_original_cannot_be_synced_is_not_loaded(syncs: Syncs, settings: Settings) -> None:
    drop(settings, NAME, orders_csv([order(1)]))
    syncs.failing = settings.archive
    with pytest.raises(OSError, match="Input/output error"):
        load_all(settings)
    syncs.failing = None
    assert ask(settings, "select count(*) from loads") == [(0,)]
    assert load_all(settings)["tmall_orders"].rows == 1


def test_a_mail_whose_file_cannot_be_synced_waits(syncs: Syncs, settings: Settings) -> None:
    with open_store(settings) as engine:
        with Session(engine) as session, session.begin():
            post(session, OutboxMail(key="1-Data", team="Data", night=date(2026, 11, 15), content=MAIL))
        syncs.failing = settings.outbox
        assert deliver_due(settings, at=now()).mails == 0
        with Session(engine) as session:
            assert session.scalars(select(Recipient.state)).all() == ["waiting"]
