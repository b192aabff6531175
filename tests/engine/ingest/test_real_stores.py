"""A whole pick-up over S3 and SFTP as servers on this machine speak them, and over lines that break.

Needs what the lock does not have; docs/install.md says how to install it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest

from files import ask, order, orders_csv
from night_tools import PROJECT, environment
from shopwatch.core.settings import Settings
from shopwatch.ingest.load import LoadResult, load_new

pytestmark = pytest.mark.slow
NAME = "qinghe/ExportOrderList202611030100.csv"
PART = 1 << 16


@dataclass
class Line:
    """What stands between us and a server. ``most``: the bytes of an answer after which a connection breaks."""

    server: int
    most: int | None = None
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                there = socket.create_connection(("127.0.0.1", self.server))
                for pair in ((client, there, False), (there, client, True)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(PART):
                passed += len(data)
                if is_answer and self.most is not None and passed > self.most:
                    break
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass
class Place:
    """A store with an inbox in it: how to call it, to lay a file there, to take one away."""

    address: str
    line: Line
    lay: Callable[[str, bytes], None]
    take: Callable[[str], None]
    server_key: str = ""


@pytest.fixture(params=["s3fs", "sshfs", "paramiko"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """By each of the packages that docs/install.md names."""
    pytest.importorskip(request.param)
    if request.param == "s3fs":
        with s3(monkeypatch) as made:
            yield made
        return
    module = "sshfs" if request.param == "sshfs" else "fsspec.implementations.sftp"
    kind = "SSHFileSystem" if request.param == "sshfs" else "SFTPFileSystem"
    fsspec.register_implementation("sftp", getattr(importlib.import_module(module), kind), clobber=True)
    with sftp(tmp_path) as made:
        yield made


@contextlib.contextmanager
def line_to(port: int) -> Iterator[Line]:
    line = Line(port)
    threading.Thread(target=line.run, daemon=True).start()
    yield line
    line.listener.close()


@contextlib.contextmanager
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    boto3 = pytest.importorskip("boto3")
    server.start()
    _, port = server.get_host_and_port()
    with line_to(port) as line:
        for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{line.port}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}")
        bucket = uuid.uuid4().hex
        client.create_bucket(Bucket=bucket)
        yield Place(
            f"s3://{bucket}/exports",
            line,
            lambda name, content: client.put_object(Bucket=bucket, Key=f"exports/{name}", Body=content) and None,
            lambda name: client.delete_object(Bucket=bucket, Key=f"exports/{name}") and None,
        )
    server.stop()


@contextlib.contextmanager
def sftp(folder: Path) -> Iterator[Place]:
    asyncssh = pytest.importorskip("asyncssh")
    root = folder / "sftp"
    (root / "exports").mkdir(parents=True)

    class Door(asyncssh.SSHServer):  # type: ignore[misc, name-defined]
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("li", "geheim")

    host_key = asyncssh.generate_private_key("ssh-ed25519")

    async def open_door() -> int:
        acceptor = await asyncssh.create_server(
            Door,
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
        )
        return int(acceptor.get_port())

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    def lay(name: str, content: bytes) -> None:
        path = root / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        stamp = datetime.fromisoformat("2026-11-03T01:00:00").timestamp() + len(content)
        os.utime(path, (stamp, stamp))

    port = asyncio.run_coroutine_threadsafe(open_door(), loop).result(30)
    with line_to(port) as line:
        yield Place(
            f"sftp://li:geheim@127.0.0.1:{line.port}/exports",
            line,
            lay,
            lambda name: (root / "exports" / name).unlink(),
            host_key.export_public_key().decode(),
        )
    loop.call_soon_threadsafe(loop.stop)


def home(tmp_path: Path, place: Place, settle_seconds: float = 0) -> Settings:
    return Settings(home=tmp_path / "home", inbox_address=place.address, settle_seconds=settle_seconds)


def night(settings: Settings) -> list[LoadResult]:
    return list(load_new(settings).values())


def archived(settings: Settings) -> list[Path]:
    return [path for path in settings.archive.rglob("*") if path.is_file()]


def test_a_file_is_found_taken_and_archived_once(tmp_path: Path, place: Place) -> None:
    settings = home(tmp_path, place)
    assert night(settings) == []
    place.lay(NAME, orders_csv([order(1), order(2)]))
    place.lay("qinghe/more/plans.csv.part", b"half")
    (loaded,) = night(settings)
    assert (loaded.source, loaded.files, loaded.rows) == ("tmall_orders", 1, 2)
    assert [path.read_bytes() for path in archived(settings)] == [orders_csv([order(1), order(2)])]
    assert night(settings) == []
    assert not list(settings.fetched.glob("*"))
    (ledger,) = ask(settings, "select file, state, shop from loads")
    assert ledger == (NAME.partition("/")[2], "incoming", "qinghe")


def test_a_young_file_waits(tmp_path: Path, place: Place) -> None:
    place.lay(NAME, orders_csv([order(1)]))
    if place.address.startswith("s3"):  # the other store's files have a time of their own
        assert night(home(tmp_path, place, settle_seconds=3600)) == []
    assert len(night(home(tmp_path, place))) == 1


def test_a_changed_file_is_read_again_and_a_removed_one_is_no_trouble(tmp_path: Path, place: Place) -> None:
    settings = home(tmp_path, place)
    place.lay(NAME, orders_csv([order(1)]))
    night(settings)
    place.lay(NAME, orders_csv([order(1), order(3)]))
    (loaded,) = night(settings)
    assert (loaded.files, loaded.rows, loaded.rejected) == (1, 2, 0)
    assert len(archived(settings)) == 2
    place.take(NAME)
    assert night(settings) == []


def test_a_line_that_breaks_leaves_the_file_for_the_next_night(tmp_path: Path, place: Place) -> None:
    settings = home(tmp_path, place)
    place.lay("qinghe/large.csv", orders_csv([order(number) for number in range(20_000)]))
    place.line.most = 300_000
    (broken,) = night(settings)
    assert (broken.files, broken.rejected) == (0, 1)
    assert ask(settings, "select reason_code from loads") == [("broken_off",)]
    assert night(settings) == []
    assert not list(settings.fetched.rglob("*.csv*"))
    place.line.most = None
    (loaded,) = night(settings)
    assert (loaded.files, loaded.rows) == (1, 20_000)
    assert ask(settings, "select state from loads") == [("incoming",)]


def test_a_store_that_does_not_answer_fails_the_search(tmp_path: Path, place: Place) -> None:
    settings = home(tmp_path, place)
    place.lay(NAME, orders_csv([order(1)]))
    place.line.most = 0
    with pytest.raises(OSError):  # noqa: PT011
        load_new(settings)
    place.line.most = None
    assert len(night(settings)) == 1


THE_DAGS_TASKS = """
import json, logging, sys
logging.basicConfig(level=logging.DEBUG)
sys.path.append(sys.argv[1])
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.execution_time.context import set_current_context

dag = DagBag(dag_folder=f"{sys.argv[1]}/nightly_watch.py").dags["nightly_watch"]
tasks = {task.task_id: task for task in dag.tasks}
with set_current_context({}):
    loaded = list(tasks["load"].python_callable().values())
print("RESULT" + json.dumps(loaded))
"""
SECRET = "geheim"
ANOTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA7vfFZIeFyGH6rq0RuAJuqaTYKs1zcUSb9Fr6SUKy7i"


@dataclass
class Door:
    """A store that Airflow's connection ``shop_store`` leads to."""

    place: Place
    address: str
    connection: dict[str, Any]


@pytest.fixture(params=["amazon", "sftp"])
def door(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """By each of Airflow's providers that docs/install.md names."""
    if importlib.util.find_spec(f"airflow.providers.{request.param}") is None:
        pytest.skip("the provider is not here")
    pytest.importorskip("s3fs" if request.param == "amazon" else "sshfs")
    if request.param == "amazon":
        with s3(monkeypatch) as place:
            extra = {"endpoint_url": f"http://127.0.0.1:{place.line.port}", "region_name": "us-east-1"}
            connection = {"conn_type": "aws", "login": "key", "password": SECRET, "extra": extra}
            yield Door(place, place.address.replace("s3://", "s3://shop_store@"), connection)
        return
    with sftp(tmp_path) as place:
        connection = {"conn_type": "sftp", "host": "127.0.0.1", "port": place.line.port, "login": "li"}
        yield Door(place, "sftp://shop_store@/exports", connection | {"password": SECRET})


def airflow_night(
    home: Path, address: str, connection: dict[str, Any] | None
) -> tuple[list[dict[str, Any]] | None, str]:
    """What the DAG's tasks return, or None where one failed; and all that was printed and logged."""
    (home / "airflow").mkdir(parents=True, exist_ok=True)
    env = environment(
        home,
        SHOPWATCH_INBOX=address,
        SHOPWATCH_SETTLE_SECONDS="0",
        AIRFLOW_HOME=str(home / "airflow"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        **({"AIRFLOW_CONN_SHOP_STORE": json.dumps(connection)} if connection else {}),
    )
    done = subprocess.run(
        [sys.executable, "-c", THE_DAGS_TASKS, str(PROJECT / "dags")],
        env={name: value for name, value in env.items() if not name.startswith("AWS_")},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    returned = json.loads(done.stdout.rpartition("RESULT")[2].splitlines()[0]) if done.returncode == 0 else None
    return returned, done.stdout + done.stderr


def test_the_dag_takes_files_once_by_an_airflow_connection(tmp_path: Path, door: Door) -> None:
    home = tmp_path / "home"
    door.place.lay(NAME, orders_csv([order(1), order(2)]))
    loaded, printed = airflow_night(home, door.address, door.connection)
    assert loaded is not None, printed
    assert [(one["source"], one["files"], one["rows"]) for one in loaded] == [("tmall_orders", 1, 2)]
    again, printed_again = airflow_night(home, door.address, door.connection)
    assert again == [], printed_again
    assert SECRET not in printed + printed_again
    ledger = ask(Settings(home=home), "select loads::varchar from loads union all select seen::varchar from seen")
    assert len(ledger) == 2
    assert SECRET not in str(ledger)


def test_a_connection_of_another_name_fails_the_search_in_words(tmp_path: Path, door: Door) -> None:
    loaded, printed = airflow_night(tmp_path / "home", door.address.replace("shop_store", "shop_tree"), door.connection)
    assert loaded is None
    assert "`shop_tree` is not a known Airflow connection" in printed


def test_a_server_that_is_not_there_fails_the_search(tmp_path: Path, door: Door) -> None:
    door.place.line.most = 0
    loaded, printed = airflow_night(tmp_path / "home", door.address, door.connection)
    assert loaded is None
    assert "Connection" in printed.splitlines()[-1]
    assert SECRET not in printed


def test_a_place_that_the_store_does_not_have_fails_the_search(tmp_path: Path, door: Door) -> None:
    scheme = door.address.partition("@")[0]
    nowhere = f"{scheme}@nowhere" if scheme.startswith("s3") else f"{scheme}@/nowhere"
    loaded, printed = airflow_night(tmp_path / "home", nowhere, door.connection)
    assert loaded is None
    assert "the store has no such folder" in printed


@pytest.mark.parametrize("door", ["sftp"], indirect=True)
def test_a_wrong_password_is_refused_and_shown_to_nobody(tmp_path: Path, door: Door) -> None:
    loaded, printed = airflow_night(tmp_path / "home", door.address, door.connection | {"password": f"{SECRET}er"})
    assert loaded is None
    assert "Permission denied for user li" in printed
    assert SECRET not in printed


@pytest.mark.parametrize("door", ["sftp"], indirect=True)
def test_a_server_must_show_the_key_that_its_connection_names(tmp_path: Path, door: Door) -> None:
    door.place.lay(NAME, orders_csv([order(1)]))
    ours = door.connection | {"extra": {"host_key": door.place.server_key}}
    another = door.connection | {"extra": {"host_key": ANOTHER_KEY}}
    refused, printed = airflow_night(tmp_path / "home", door.address, another)
    assert refused is None
    assert "Host key" in printed
    loaded, printed = airflow_night(tmp_path / "home", door.address, ours)
    assert loaded is not None, printed
    assert loaded[0]["rows"] == 1
