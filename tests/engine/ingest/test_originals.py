"""What is kept of each file that was taken or refused: its very bytes, once, and nothing half done."""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Event

import pytest

from files import SHOP, ask, drop, load_all, order, orders_csv
from shopwatch.core.reasons import RejectedError
from shopwatch.core.settings import Settings
from shopwatch.ingest import load_alone as alone
from shopwatch.ingest import originals
from shopwatch.ingest.inbox import InboxFile
from shopwatch.ingest.originals import CHUNK
from shopwatch.ingest.sources import find_sources

NAME = "qinghe/ExportOrderList202611030100.csv"


def test_the_archive_keeps_each_original_with_its_time(settings: Settings) -> None:
    dropped = drop(settings, NAME, orders_csv([order(1)]))
    load_all(settings)
    (kept,) = settings.archive.rglob("*.csv")
    assert kept.relative_to(settings.archive).parts[0] == SHOP
    assert kept.read_bytes() == dropped.read_bytes()
    assert kept.stat().st_mtime_ns == dropped.stat().st_mtime_ns
    assert dropped.exists()


def test_what_is_kept_is_what_was_hashed_and_nothing_else_is_left(settings: Settings) -> None:
    settings.archive.mkdir(parents=True)
    (settings.archive / ".original.part").write_bytes(b"left by a load that was killed")
    content = orders_csv([order(n, **{"宝贝标题 ": "茶杯" * 600}) for n in range(1, 1200)])
    assert len(content) > 2 * CHUNK
    drop(settings, NAME, content)
    drop(settings, "qinghe/unknown.csv", b"a,b\n1,2\n")
    assert load_all(settings)["unknown"].rejected == 1
    drop(settings, "qinghe/again.csv", content)
    assert load_all(settings)["tmall_orders"].repeated == 1
    kept = {
        path.name: path.read_bytes() for root in (settings.archive, settings.rejected) for path in root.rglob("*.csv")
    }
    hashes = dict(ask(settings, "select file, sha256 from loads"))
    assert {name: hashlib.sha256(content).hexdigest() for name, content in kept.items()} == hashes
    assert len(kept) == 2
    assert not [path for root in (settings.archive, settings.rejected) for path in root.rglob("*.part")]


def test_files_of_one_size_are_told_apart(settings: Settings) -> None:
    first, second = (orders_csv([order(n)]) for n in (1, 2))
    assert len(first) == len(second)
    drop(settings, "qinghe/one.csv", first)
    assert load_all(settings)["tmall_orders"].rows == 1
    drop(settings, "qinghe/other.csv", second)
    drop(settings, "qinghe/same.csv", first)
    loaded = load_all(settings)["tmall_orders"]
    assert (loaded.rows, loaded.repeated) == (1, 1)


def test_a_refused_file_that_grows_while_it_is_copied_waits(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at, copy, look = Event(), originals._copy, alone.change_since

    def copy_late(path: Path, to: Path) -> str:
        looked_at.wait(0.2)  # nobody may look before the copy is there
        with path.open("ab") as file:
            file.write(b"3,4\n")
        return copy(path, to)

    def look_and_say(found: InboxFile) -> RejectedError | None:
        became = look(found)
        looked_at.set()
        return became

    monkeypatch.setattr(originals, "_copy", copy_late)
    monkeypatch.setattr(alone, "change_since", look_and_say)
    drop(settings, "qinghe/unknown.csv", b"a,b\n1,2\n")
    loaded = load_all(settings)["unknown"]
    assert (loaded.waiting, loaded.rejected) == (1, 0)
    assert not [path for path in settings.rejected.rglob("*") if path.is_file()]


def test_what_a_killed_load_left_goes_with_the_next_night(settings: Settings) -> None:
    settings.archive.mkdir(parents=True)
    (settings.archive / ".original.part").write_bytes(orders_csv([order(1)]))
    assert find_sources(settings) == {}
    assert list(settings.archive.iterdir()) == []


def test_names_as_long_as_a_disk_takes_are_kept(settings: Settings) -> None:
    orders, unknown = f"{'单' * 83}.csv", f"{'物' * 83}.csv"
    drop(settings, f"qinghe/{orders}", orders_csv([order(1)]))
    drop(settings, f"qinghe/{unknown}", b"a,b\n1,2\n")
    load_all(settings)
    assert [path.name for path in settings.archive.rglob("*.csv")] == [orders]
    assert [path.name for path in settings.rejected.rglob("*.csv")] == [unknown]
    assert len(list(settings.rejected.rglob("*.reason.txt"))) == 1
