"""Nights of shards on Celery workers, with Redis and PostgreSQL: they end as those of a single home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ad_project import SUNDAYS, ad_home, ad_include, drop_week
from night_tools import PROJECT, Process, differing, environment, mails_of, until
from postgres_server import PostgresServer, postgres
from running_airflow import Airflow, end, free_port, log_in
from shopwatch.core.settings import Settings
from shopwatch.pipeline import watch_night

pytestmark = pytest.mark.slow  # Airflow, PostgreSQL, Redis and workers: minutes
REVENUES = (100, 400, 250)
"""Revenue a day of each of a shop's plans, which spend 100: below 300 they are told of."""
ANSWERS = 600
"""Seconds for what takes seconds on an idle machine."""
PREPARE = """
from airflow.models.pool import Pool
from airflow.utils.db import upgradedb

upgradedb()
Pool.create_or_update_pool("warehouse", 1, "", include_deferred=False)
Pool.create_or_update_pool("shards", 16, "", include_deferred=False)
"""
AIRFLOW = str(Path(sys.executable).with_name("airflow"))


class Workers:
    """An Airflow with the CeleryExecutor, whose workers are processes of this machine, each with a disk of its own."""

    def __init__(self, home: Path, env: dict[str, str], stack: ExitStack) -> None:
        self.home, self.env, self.stack = home, env, stack
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *args: str, **more: str) -> None:
        """Start a component of Airflow, which ends with the test."""
        log = self.stack.enter_context((self.home.parent / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [AIRFLOW, *args], env=self.env | more, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        self.running[name] = process
        self.stack.callback(end, process)

    def add(self, name: str, *shards: str, serves_default: bool = False) -> None:
        """Start a worker that serves the queues of the shards."""
        queues = [f"shard_{shard}" for shard in shards] + (["default"] if serves_default else [])
        self.start(
            name,
            *("celery", "worker", "--queues", ",".join(queues), "--concurrency", "1", "--skip-serve-logs"),
            *("--celery-hostname", f"{name}@localhost", "--pid", str(self.home.parent / f"{name}.pid")),
            SHOPWATCH_SHARD_DISK=str(self.disk(name)),
        )

    def disk(self, name: str) -> Path:
        """The disk of a worker."""
        return self.home.parent / "disks" / name

    def lose(self, name: str) -> None:
        """A worker's machine is gone, with its disk."""
        os.killpg(self.running[name].pid, 9)
        self.running[name].wait(30)
        shutil.rmtree(self.disk(name))


@contextmanager
def redis() -> Iterator[str]:
    """Address of a Redis server; the test is skipped where it is not installed."""
    if not shutil.which("redis-server"):
        pytest.skip("Redis is not installed")
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        end(process)


def _environment(home: Settings, server: PostgresServer, broker: str, port: int) -> dict[str, str]:
    airflow = home.home.parent / "airflow"
    return environment(
        home.home,
        Path(home.inbox_address),
        SHOPWATCH_INCLUDE=str(home.include),
        SHOPWATCH_SETTLE_SECONDS="0",
        SHOPWATCH_STORE_URL=server.url("shops").replace("psycopg2", "psycopg"),
        SHOPWATCH_SHARD_QUEUES="1",
        PYTHONPATH=f"{PROJECT / 'plugins'}:{PROJECT / 'dags'}",
        AIRFLOW_HOME=str(airflow),
        AIRFLOW__CORE__DAGS_FOLDER=str(PROJECT / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PROJECT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__EXECUTOR="CeleryExecutor",
        AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://127.0.0.1:{port}/execution/",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=server.url("airflow"),
        AIRFLOW__CELERY__BROKER_URL=broker,
        AIRFLOW__CELERY__RESULT_BACKEND=f"db+{server.url('airflow')}",
        AIRFLOW__CELERY__WORKER_ENABLE_REMOTE_CONTROL="False",
        AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT="60",
        AIRFLOW__API__HOST="127.0.0.1",
        AIRFLOW__API__PORT=str(port),
        AIRFLOW__API__SECRET_KEY="of no installation",
        AIRFLOW__API_AUTH__JWT_SECRET="of no installation, and long enough",
        AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME="0.2",
    )


@contextmanager
def celery(home: Settings) -> Iterator[tuple[Airflow, Workers]]:
    """A running Airflow without workers."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres(connections=100))
        for name in ("airflow", "shops"):
            server._run("createdb", "-h", "127.0.0.1", "-p", str(server.port), "-U", "shopwatch", name)
        port = free_port()
        env = _environment(home, server, stack.enter_context(redis()), port)
        subprocess.run([sys.executable, "-c", PREPARE], env=env, check=True, capture_output=True, timeout=ANSWERS)
        workers = Workers(home.home, env, stack)
        for name in ("api-server", "scheduler", "dag-processor"):
            workers.start(name, name)
        running = Airflow(f"http://127.0.0.1:{port}", home.home.parent, home.home.parent / "api-server.log")
        log_in(running, workers.running["api-server"], ANSWERS)
        yield running, workers


def _night(airflow: Airflow, night: str) -> float:
    """Seconds of a night."""
    start = time.monotonic()
    airflow.run("nightly_watch", {"business_date": night}, 2 * ANSWERS)
    return time.monotonic() - start


def _deliver_week(home: Settings, shops: tuple[str, ...], night: int) -> None:
    for place, shop in enumerate(shops):
        drop_week(home, shop, SUNDAYS[night], [revenue + 10 * place for revenue in REVENUES])


def _watch_single(single: Settings, night: int) -> None:
    watch_night(single.model_copy(update={"allow_future_nights": True}), SUNDAYS[night])


def _require_same(single: Settings, home: Settings) -> None:
    different = [line for line in differing(single.published, home.published) if not line.startswith(OF_SHARDS)]
    assert different == []
    assert mails_of(single.home).keys() == mails_of(home.home).keys()


OF_SHARDS = ("ops.shards", "meta.built", "meta.written", "meta.columns")


def test_two_workers_end_as_one_home_also_when_one_is_lost(tmp_path: Path) -> None:
    """A worker's machine is gone after the first night: another one rebuilds its shards from the originals."""
    shops, inbox = ("a", "b", "c"), tmp_path / "inbox"
    include = ad_include(tmp_path / "include")
    single = ad_home(tmp_path / "single", include, inbox, dict.fromkeys(shops, "main"))
    home = ad_home(tmp_path / "many" / "home", include, inbox, {"a": "main", "b": "north", "c": "south"})
    (single.home / "pseudonym.key").write_text(environment(home.home)["SHOPWATCH_PSEUDONYM_KEY"])
    _deliver_week(home, shops, 0)
    _watch_single(single, 0)
    with celery(home) as (airflow, workers):
        workers.add("one", "main", serves_default=True)
        workers.add("two", "north", "south")
        _night(airflow, str(SUNDAYS[0]))
        assert sorted(path.name for path in workers.disk("one").iterdir()) == ["main"]
        assert sorted(path.name for path in workers.disk("two").iterdir()) == ["north", "south"]
        _require_same(single, home)

        workers.lose("two")
        rebuilt = workers.env | {"SHOPWATCH_SHARD_DISK": str(workers.disk("three"))}
        for shard in ("north", "south"):
            replayed = Process(["-m", "shopwatch", "replay", "--shard", shard], rebuilt)
            assert replayed.wait(ANSWERS) == 0, replayed.output
        workers.add("three", "north", "south")
        _deliver_week(home, shops, 1)
        _watch_single(single, 1)
        _night(airflow, str(SUNDAYS[1]))
        _require_same(single, home)


@pytest.mark.skipif(not os.environ.get("MEASURE_WORKERS"), reason="a measurement, for an idle machine")
@pytest.mark.parametrize("count", [1, 2])
def test_time_of_a_night_of_16_shards(count: int, tmp_path: Path) -> None:
    """Prints the seconds of a night; docs/scale.md has what was measured."""
    shops = tuple(f"shop{number:02}" for number in range(16))
    home = ad_home(
        tmp_path / "many" / "home", ad_include(tmp_path / "include"), tmp_path / "inbox", {s: s for s in shops}
    )
    _deliver_week(home, shops, 0)
    with celery(home) as (airflow, workers):
        for number in range(count):
            workers.add(f"w{number}", *shops[number::count], serves_default=number == 0)
        until(lambda: airflow.try_call("/api/v2/dags/nightly_watch"), "Airflow has read the DAG", ANSWERS)
        seconds = _night(airflow, str(SUNDAYS[0]))
    print(f"{count} workers: {seconds:.0f} s, load {os.getloadavg()}")
