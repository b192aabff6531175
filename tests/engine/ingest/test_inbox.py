"""Where files may lie, and what becomes of those that cannot be read: no night fails over one, none is forgotten."""

from __future__ import annotations

import os
import stat
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from files import SHANGHAI, ask, drop, load_all, order, orders_csv, plan, plans_csv, products_xls
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.ingest.inbox import Inbox, InboxStore, find, open_inbox, public
from shopwatch.ingest.load import LoadResult, load_new
from shopwatch.ingest.sources import find_sources

NAME = "qinghe/ExportOrderList202611030100.csv"
EXPORTED = "2026-11-03T01:00:00"


class Shelf(MemoryFileSystem):
    """A store of its own, with what real ones have: times of change, rights, files that vanish, a count of reads."""

    protocol = "shelf"
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.store: dict[str, Any] = {}
        self.pseudo_dirs = ["", "/bucket"]
        self.locked: set[str] = set()
        self.vanishing: set[str] = set()
        self.fetched: list[str] = []
        self.timeless = self.line_breaks = False

    def told(self, entry: dict[str, Any]) -> dict[str, Any]:
        if entry["type"] == "file":
            entry["ETag"] = str(hash(self.store[entry["name"]].getvalue()))
            if self.timeless:
                del entry["created"]
        return entry

    def info(self, path: str, **more: Any) -> dict[str, Any]:
        return self.told(super().info(path, **more))

    def ls(self, path: str, detail: bool = True, **more: Any) -> list[dict[str, Any]]:
        if path in self.locked:
            raise PermissionError(13, "Permission denied", path)
        return [self.told(entry) for entry in super().ls(path, detail=True, **more)]

    def modified(self, path: str) -> datetime:
        raise NotImplementedError

    def get_file(self, rpath: str, lpath: str, **more: Any) -> None:
        self.fetched.append(rpath.rpartition("/")[2])
        if rpath in self.vanishing:
            raise FileNotFoundError(rpath)
        if self.line_breaks:
            raise EOFError
        if rpath in self.locked:
            raise PermissionError(13, "Permission denied", rpath)
        super().get_file(rpath, lpath, **more)

    def lay(self, path: str, content: bytes, modified: str = EXPORTED) -> str:
        place = f"/bucket/exports/{path}"
        self.pipe_file(place, content)
        self.store[place].created = datetime.fromisoformat(modified).replace(tzinfo=SHANGHAI)
        return place


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def store(shelf: Shelf) -> InboxStore:
    return InboxStore("shelf://bucket/exports", shelf, "/bucket/exports")


def load_from(settings: Settings, inbox: Inbox | None) -> dict[str, LoadResult]:
    return load_new(settings, inbox)


def ledger(settings: Settings) -> list[tuple[Any, ...]]:
    return ask(settings, "select file, state, coalesce(reason_code, '') from loads order by file")


def left_behind(settings: Settings) -> list[Path]:
    return list(settings.fetched.rglob("*")) if settings.fetched.exists() else []


@pytest.fixture(params=["folder", "file address", "memory", "dir", "store"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Settings, Inbox | None, Any]]:
    """Settings, the inbox where they do not name it, and a function that lays a file into it."""
    home, folder = tmp_path / "home", tmp_path / "drop"
    folder.mkdir()
    local = Settings(home=home, inbox_address=str(folder), settle_seconds=0)

    def lay(name: str, content: bytes) -> None:
        drop(local, name, content, EXPORTED)

    match request.param:
        case "folder":
            yield local, None, lay
        case "file address":
            yield Settings(home=home, inbox_address=f"file://{folder}", settle_seconds=0), None, lay
        case "dir":
            yield local, InboxStore("dir://drop", DirFileSystem(str(folder), LocalFileSystem()), ""), lay
        case "store":
            shelf = Shelf()
            yield local, InboxStore("shelf://bucket/exports", shelf, "/bucket/exports"), shelf.lay
        case "memory":
            bucket = uuid.uuid4().hex
            fs = MemoryFileSystem()

            def pipe(name: str, content: bytes) -> None:
                fs.pipe_file(f"/{bucket}/exports/{name}", content)

            yield Settings(home=home, inbox_address=f"memory://{bucket}/exports", settle_seconds=0), None, pipe
            fs.rm(f"/{bucket}", recursive=True)


@pytest.mark.sampled(2)
def test_a_file_is_taken_wherever_it_lies_and_archived_once(anywhere: tuple[Settings, Inbox | None, Any]) -> None:
    settings, inbox, lay = anywhere
    content = orders_csv([order(1), order(2, 买家应付货款="x")])
    lay(NAME, content)
    lay("qinghe/下载/.hidden.csv", content)
    lay(".cache/orders.csv", content)
    lay("qinghe/~$orders.csv", content)
    lay("qinghe/plans.csv.part", content)
    loaded = load_from(settings, inbox)
    assert {name: (one.files, one.rows, one.quarantined) for name, one in loaded.items()} == {"tmall_orders": (1, 1, 1)}
    assert loaded["tmall_orders"].bytes == len(content)
    assert ask(settings, "select shop, file, version_rule from loads") == [("qinghe", Path(NAME).name, "name")]
    (original,) = settings.archive.rglob("*.csv")
    assert original.read_bytes() == content
    assert [stat.S_IMODE(path.stat().st_mode) for path in (original, original.parent)] == [0o600, 0o700]
    assert left_behind(settings) == []
    assert find_sources(settings, inbox) == {}


def test_a_store_is_read_once_a_file_and_its_file_keeps_its_time(
    settings: Settings, shelf: Shelf, store: InboxStore
) -> None:
    shelf.lay("qinghe/流量.xls", products_xls([]), "2026-11-04T09:10:11")
    shelf.lay("mumian/plans.csv", plans_csv([plan(1)]))
    load_from(settings, store)
    load_from(settings, store)
    assert sorted(shelf.fetched) == ["plans.csv", "流量.xls"]
    told = ask(settings, "select file, exported_at, version_rule from loads order by file desc")
    assert told[0] == ("流量.xls", datetime(2026, 11, 4, 9, 10, 11), "mtime")
    (kept,) = settings.archive.rglob("*.xls")
    assert kept.stat().st_mtime == datetime(2026, 11, 4, 9, 10, 11, tzinfo=SHANGHAI).timestamp()


def test_what_is_fetched_is_private_while_it_lies_there(settings: Settings, shelf: Shelf, store: InboxStore) -> None:
    shelf.lay(NAME, orders_csv([order(1)]))
    find_sources(settings, store)
    (file,) = [path for path in left_behind(settings) if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent, file.parent.parent)] == [
        0o600,
        0o700,
        0o700,
    ]
    shelf.rm_file(f"/bucket/exports/{NAME}")
    assert find_sources(settings, store) == {}
    assert left_behind(settings) == []


def test_a_changed_file_of_a_store_is_another_by_its_etag_alone(
    settings: Settings, shelf: Shelf, store: InboxStore
) -> None:
    shelf.lay("qinghe/plans.csv", plans_csv([plan(1, 花费="100.00")]))
    load_from(settings, store)
    shelf.lay("qinghe/plans.csv", plans_csv([plan(1, 花费="200.00")]))
    assert load_from(settings, store)["wanxiang_plans"].repeated == 0
    assert ask(settings, "select count(*) from loads") == [(2,)]
    assert len(shelf.fetched) == 2


def test_a_young_file_of_a_store_waits(settings: Settings, shelf: Shelf, store: InboxStore) -> None:
    patient = settings.model_copy(update={"settle_seconds": 60.0})
    for moment in (time.time() - 5, time.time() + 5):  # a store's clock may be ahead
        shelf.lay(
            NAME, orders_csv([order(1)]), datetime.fromtimestamp(moment, SHANGHAI).replace(tzinfo=None).isoformat()
        )
        assert find_sources(patient, store) == {}


def test_a_file_that_vanishes_while_it_is_fetched_is_no_failure(
    settings: Settings, shelf: Shelf, store: InboxStore
) -> None:
    place = shelf.lay(NAME, orders_csv([order(1)]))
    shelf.lay("qinghe/plans.csv", plans_csv([plan(1)]))
    shelf.vanishing.add(place)
    loaded = load_new(settings, store)
    assert (loaded["unknown"].rejected, loaded["wanxiang_plans"].rows) == (1, 1)
    assert ledger(settings) == [(Path(NAME).name, "rejected", "vanished"), ("plans.csv", "incoming", "")]


def test_a_locked_file_of_a_store_is_reported_once_and_taken_once_it_opens(
    settings: Settings, shelf: Shelf, store: InboxStore
) -> None:
    place = shelf.lay(NAME, orders_csv([order(1)]))
    shelf.locked.add(place)
    assert load_from(settings, store)["unknown"].rejected == 1
    assert ledger(settings) == [(Path(NAME).name, "rejected", "unreadable")]
    assert "Permission denied" in ask(settings, "select reason from loads")[0][0]
    assert find_sources(settings, store) == {}
    assert ledger(settings) == [(Path(NAME).name, "rejected", "unreadable")]
    shelf.locked.clear()
    assert load_from(settings, store)["tmall_orders"].rows == 1
    assert ledger(settings) == [(Path(NAME).name, "incoming", "")]


def test_a_line_that_breaks_is_reported_and_the_file_taken_once_it_holds(
    settings: Settings, shelf: Shelf, store: InboxStore
) -> None:
    """Libraries raise errors of their own then, which are no OSError."""
    shelf.lay(NAME, orders_csv([order(1)]))
    shelf.line_breaks = True
    load_from(settings, store)
    assert ledger(settings) == [(NAME.partition("/")[2], "rejected", "broken_off")]
    shelf.line_breaks = False
    load_from(settings, store)
    assert ledger(settings) == [(NAME.partition("/")[2], "incoming", "")]


def test_a_locked_folder_of_a_store_is_reported_and_the_others_are_read(
    settings: Settings, shelf: Shelf, store: InboxStore
) -> None:
    shelf.lay(NAME, orders_csv([order(1)]))
    shelf.lay("mumian/plans.csv", plans_csv([plan(1)]))
    shelf.locked.add("/bucket/exports/qinghe")
    loaded = load_from(settings, store)
    assert (loaded["unknown"].rejected, loaded["wanxiang_plans"].rows) == (1, 1)
    assert ledger(settings) == [("plans.csv", "incoming", ""), ("qinghe", "rejected", "unreadable")]


def test_a_store_that_cannot_be_listed_fails_the_night(settings: Settings, shelf: Shelf, store: InboxStore) -> None:
    shelf.locked.add("/bucket/exports")
    with pytest.raises(PermissionError):
        find_sources(settings, store)


class Growing(Shelf):
    """A store whose file has one order more whenever it has been fetched, up to three."""

    def get_file(self, rpath: str, lpath: str, **more: Any) -> None:
        super().get_file(rpath, lpath, **more)
        self.lay(NAME, orders_csv([order(number + 1) for number in range(min(3, len(self.fetched) + 1))]))


def test_a_file_that_is_replaced_while_it_is_read_is_not_taken_for_the_new_one(settings: Settings) -> None:
    shelf = Growing()
    store = InboxStore("shelf://bucket/exports", shelf, "/bucket/exports")
    shelf.lay(NAME, orders_csv([order(1)]))
    for _ in range(2):
        assert load_from(settings, store)["tmall_orders"].waiting == 1
        assert ask(settings, "select count(*) from loads") == [(0,)]
    assert list(settings.archive.rglob("*.csv")) == []
    assert load_from(settings, store)["tmall_orders"].rows == 3


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_rights_does_not_stop_the_others(settings: Settings) -> None:
    path = drop(settings, NAME, orders_csv([order(1)]))
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1)]))
    path.chmod(0)
    loaded = load_all(settings)
    assert (loaded["unknown"].rejected, loaded["wanxiang_plans"].rows) == (1, 1)
    assert ledger(settings)[0] == (Path(NAME).name, "rejected", "unreadable")
    path.chmod(0o644)
    assert load_all(settings)["tmall_orders"].rows == 1


def test_a_disk_that_fails_is_no_fault_of_the_file(settings: Settings) -> None:
    drop(settings, NAME, orders_csv([order(1)]))
    settings.archive.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="archive"):
        load_all(settings)
    assert ask(settings, "select count(*) from loads") == [(0,)]


def test_a_store_without_times_cannot_tell_which_export_is_newer(
    settings: Settings, shelf: Shelf, store: InboxStore
) -> None:
    shelf.lay(NAME, orders_csv([order(1)]))
    shelf.timeless = True
    assert load_from(settings, store)["unknown"].rejected == 1
    assert ledger(settings) == [(Path(NAME).name, "rejected", "no_time")]


def test_an_inbox_that_is_not_there_is_said(
    settings: Settings, store: InboxStore, caplog: pytest.LogCaptureFixture
) -> None:
    for inbox in (settings.inbox, store):
        caplog.clear()
        with caplog.at_level("WARNING", logger="shopwatch"):
            assert list(find(inbox, settings.fetched)) == []
        assert "does not exist" in caplog.text


def test_a_bucket_that_is_not_there_fails_the_night(settings: Settings, shelf: Shelf) -> None:
    with pytest.raises(FileNotFoundError, match="shelf://bukket/exports"):
        find_sources(settings, InboxStore("shelf://bukket/exports", shelf, "/bukket/exports"))


def test_a_bucket_that_may_not_be_listed_is_no_fault(settings: Settings, shelf: Shelf, store: InboxStore) -> None:
    shelf.locked.add("/bucket")
    assert find_sources(settings, store) == {}


def test_a_connection_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, inbox_address="sftp://shop_tree@/exports")
    with pytest.raises(ValueError, match="`shop_tree` is not a known Airflow connection"):
        open_inbox(settings)


def test_a_password_in_the_address_is_shown_to_nobody(tmp_path: Path) -> None:
    assert public("sftp://li:geheim@host:22/exports") == "sftp://host:22/exports"
    settings = Settings(home=tmp_path, inbox_address="memory://li:geheim@bucket/exports")
    opened = open_inbox(settings)
    assert isinstance(opened, InboxStore)
    assert "geheim" not in opened.address


def test_an_address_of_an_unknown_kind_names_what_is_missing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, inbox_address="s3://li:geheim@bucket/exports")
    with pytest.raises(ValueError, match="s3fs") as error:
        open_inbox(settings)
    assert "geheim" not in str(error.value)


def test_the_counts_say_what_was_done(settings: Settings) -> None:
    content = plans_csv([plan(1), plan(2, 花费="n/a"), {"日期": "合计", "花费": "200"}])
    drop(settings, "qinghe/plans.csv", content)
    drop(settings, "qinghe/again.csv", content)
    loaded = load_all(settings)["wanxiang_plans"]
    assert (loaded.files, loaded.repeated, loaded.rows, loaded.quarantined, loaded.skipped) == (2, 1, 1, 1, 1)
    assert loaded.bytes == 2 * len(content)
    assert loaded.seconds >= 0
    check_and_settle(settings, quietly=True)
