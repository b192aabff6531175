"""Entries of the inbox that are no exports: pipes, devices, sockets, and files in two encodings."""

from __future__ import annotations

import io
import os
import socket
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from files import ask, drop, load_all, order, orders_csv, plan, plans_csv
from shopwatch.core.settings import Settings
from shopwatch.ingest.inbox import InboxStore
from shopwatch.ingest.load import load_new
from shopwatch.ops.raw_warehouse import require_raw_warehouse

LEDGER = "select file, state, reason_code from loads order by file"
RAGGED_ROWS = 40


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def make_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")


MAKERS = [make_pipe, make_socket, make_device]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_what_is_no_file_is_reported_once_and_never_opened(
    make: object, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(settings, "qinghe/plans.csv", plans_csv([plan(1)]))
    monkeypatch.chdir(settings.inbox / "qinghe")
    for name in ("orders.csv", "中文.xlsx"):  # a socket's path is short
        make(Path(name))  # type: ignore[operator]
    loaded = load_all(settings)
    assert (loaded["wanxiang_plans"].rows, loaded["unknown"].rejected) == (1, 2)
    assert ask(settings, LEDGER) == [
        ("orders.csv", "rejected", "special"),
        ("plans.csv", "incoming", None),
        ("中文.xlsx", "rejected", "special"),
    ]
    assert load_all(settings) == {}, "told once"
    Path("orders.csv").unlink()
    drop(settings, "qinghe/orders.csv", orders_csv([order(1)]))
    assert load_all(settings)["tmall_orders"].rows == 1
    assert ("orders.csv", "incoming", None) in ask(settings, LEDGER)


def test_a_store_reports_what_is_no_file_too(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "drop" / "qinghe").mkdir(parents=True)
    os.mkfifo(tmp_path / "drop" / "qinghe" / "orders.csv")
    store = InboxStore("dir://drop", DirFileSystem(str(tmp_path / "drop"), LocalFileSystem()), "")
    load_new(settings, store)
    assert ask(settings, LEDGER) == [("orders.csv", "rejected", "special")]


def halves(first: str, second: str, rows: int) -> bytes:
    """An export whose header and first half are in one encoding and whose second half is in another."""
    lines = orders_csv([order(number) for number in range(1, rows + 1)], "utf-8").decode("utf-8-sig").splitlines(True)
    middle = len(lines) // 2 + 1
    return "".join(lines[:middle]).encode(first) + "".join(lines[middle:]).encode(second)


def test_no_name_stops_a_night_or_hides_in_its_log(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "shopwatch")
    contents = [plans_csv([plan(number)]) for number in range(3)] + [b"a,b\n1,2\n"]
    names = [
        os.fsdecode(("计" * 118).encode("gbk") + b".csv"),
        "\x1b[31m\u202e\n.csv",
        "\x01" * 200 + ".csv",
        os.fsdecode(("表" * 118).encode("gbk") + b".csv"),
    ]
    for name, content in zip(names, contents, strict=True):
        drop(settings, f"qinghe/{name}", content)
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("../13812345678.csv", contents[0])
    drop(settings, "qinghe/王小明13812345678.zip", packed.getvalue())
    contents.append(packed.getvalue())
    loaded = load_all(settings)
    assert (loaded["wanxiang_plans"].rows, loaded["unknown"].rejected) == (3, 2)
    assert "13812345678" not in str(ask(settings, "from loads")) + caplog.text, "a name that no night could publish"
    ledger = {file for (file,) in ask(settings, "select file from loads")}
    expected = {"计" * 118 + ".csv", "表" * 118 + ".csv", r"\x01" * 200 + ".csv", r"\x1b[31m\u202e\n.csv"}
    assert ledger == {*expected, "王小明138********.zip"}
    kept = [*settings.archive.glob("*/*/*"), *settings.rejected.glob("*/*[!t]")]
    assert sorted(path.read_bytes() for path in kept) == sorted(contents)
    assert {path.suffix for path in kept} == {".csv", ".zip"}
    assert "王小明13812345678.zip" in {path.name for path in kept}, "originals are their owner's alone"
    assert [record for record in caplog.messages if not record.isprintable()] == []
    require_raw_warehouse(settings)
    assert load_all(settings) == {}


@pytest.mark.parametrize("rows", [4, RAGGED_ROWS, 2000])
@pytest.mark.parametrize(("first", "second"), [("gbk", "utf-8"), ("utf-8", "gbk")])
def test_two_encodings_in_one_file_are_called_that(first: str, second: str, rows: int, settings: Settings) -> None:
    drop(settings, "qinghe/orders.csv", halves(first, second, rows))
    load_all(settings)
    assert ask(settings, LEDGER) == [("orders.csv", "rejected", "mixed_encodings")]
    ((reason,),) = ask(settings, "select reason from loads")
    assert "mixed encodings: line " in reason


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig"])
def test_one_encoding_is_not_taken_for_two(encoding: str, settings: Settings) -> None:
    names = ["浙江联通", "鸳鸯", "䶮䶮䶮", "錦繡", "茶杯"]
    fits = [name for name in names if encoding != "gbk" or name.encode("gbk", "ignore").decode("gbk") == name]
    drop(
        settings,
        "qinghe/orders.csv",
        orders_csv([order(n, **{"宝贝标题 ": name * 9}) for n, name in enumerate(fits)], encoding),
    )
    assert load_all(settings)["tmall_orders"].rows == len(fits)
