"""Nights of shards on Celery workers, with Redis and PostgreSQL: they end as those of a single home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ad_project import SUNDAYS, ad_home, ad_include, drop_week
from lineage_receiver import Receiver, lineage_receiver
from night_tools import ENDS, PROJECT, Process, differing, environment, mails_of, until
from postgres_server import PostgresServer, postgres
from running_airflow import Airflow, end, free_port, log_in
from shopwatch.core.settings import Settings
from shopwatch.pipeline import watch_night

pytestmark = [pytest.mark.slow, pytest.mark.timeout(5400)]  # Airflow, PostgreSQL, Redis and workers: minutes
REVENUES = (100, 400, 250)
"""Revenue a day of each of a shop's plans, which spend 100: below 300 they are told of."""
NIGHT_ENDS = 2 * ENDS
"""Seconds for a night, which takes two minutes on an idle machine."""
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

    def add(self, name: str, *shards: str, serves_default: bool = False, disk: str = "") -> None:
        """Start a worker that serves the queues of the shards, on a disk of its own or on one that is named."""
        queues = [f"shard_{shard}" for shard in shards] + (["default"] if serves_default else [])
        self.start(
            name,
            *("celery", "worker", "--queues", ",".join(queues), "--concurrency", "1", "--skip-serve-logs"),
            *("--celery-hostname", f"{name}@localhost", "--pid", str(self.home.parent / f"{name}.pid")),
            SHOPWATCH_SHARD_DISK=str(self.disk(disk or name)),
        )

    def stop(self, name: str) -> None:
        """End a worker that has nothing to do."""
        end(self.running.pop(name))

    def disk(self, name: str) -> Path:
        """The disk of a worker."""
        return self.home.parent / "disks" / name

    def kill(self, name: str) -> None:
        """End a worker and the task that it runs at once, as a power cut would."""
        process = self.running.pop(name)
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(ProcessLookupError):
                if os.getsid(int(entry.name)) == process.pid:
                    os.kill(int(entry.name), signal.SIGKILL)
        process.wait(ENDS)

    def lose(self, name: str) -> None:
        """A worker's machine is gone, with its disk."""
        self.kill(name)
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


def _environment(
    home: Settings, server: PostgresServer, broker: str, port: int, more: dict[str, str]
) -> dict[str, str]:
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
        AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT="60",
        **more,
    )


@contextmanager
def celery(home: Settings, **more: str) -> Iterator[tuple[Airflow, Workers]]:
    """A running Airflow without workers; ``more``: variables of all its components."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres(connections=100))
        for name in ("airflow", "shops"):
            server._run("createdb", "-h", "127.0.0.1", "-p", str(server.port), "-U", "shopwatch", name)
        port = free_port()
        env = _environment(home, server, stack.enter_context(redis()), port, more)
        subprocess.run([sys.executable, "-c", PREPARE], env=env, check=True, capture_output=True, timeout=ENDS)
        workers = Workers(home.home, env, stack)
        for name in ("api-server", "scheduler", "dag-processor"):
            workers.start(name, name)
        running = Airflow(f"http://127.0.0.1:{port}", home.home.parent, home.home.parent / "api-server.log")
        log_in(running, workers.running["api-server"], ENDS)
        yield running, workers


def _night(airflow: Airflow, night: date) -> dict[str, Any]:
    """The tasks of a night that has ended."""
    return airflow.run("nightly_watch", {"business_date": str(night)}, NIGHT_ENDS)


def _deliver_week(home: Settings, shops: tuple[str, ...], sunday: date) -> None:
    for place, shop in enumerate(shops):
        drop_week(home, shop, sunday, [revenue + 10 * place for revenue in REVENUES])


def _require_same(single: Settings, home: Settings) -> None:
    different = [line for line in differing(single.published, home.published) if not line.startswith(OF_SHARDS)]
    assert different == []
    assert mails_of(single.home).keys() == mails_of(home.home).keys()


def _require_lineage(receiver: Receiver, home: Settings, inbox: Path, disks: dict[str, Path]) -> None:
    """A published KPI reaches back to the exports, through the warehouses of each shard's worker."""
    of_shards = {
        f"duckdb://{file}.{table}"
        for shard, disk in disks.items()
        for file, table in (
            (disk / shard / "warehouse" / "raw.duckdb" / "raw", "raw.ad_day"),
            (disk / shard / "warehouse" / "shop.duckdb" / "shop", "kpi.fct_kpi"),
            (home.home / "shards" / shard / "judged" / "shop", "kpi.fct_kpi"),
        )
    }
    wanted = {f"file://{inbox}/wanxiang_plans", f"duckdb://{home.shop_warehouse}/shop.kpi.fct_kpi", *of_shards}
    assert wanted - receiver.origins(f"duckdb://{home.published.resolve()}/shop.kpi.fct_kpi") == set()


OF_SHARDS = ("ops.shards", "meta.built", "meta.written", "meta.columns")


def test_two_workers_end_as_one_home_also_when_one_is_lost(tmp_path: Path) -> None:
    """A worker's machine is gone after the first night: another one rebuilds its shard from the originals.

    That one is killed in the middle of a task, and started again: Airflow misses the task's heartbeat and repeats it.
    """
    shops, inbox = ("a", "b"), tmp_path / "inbox"
    include = ad_include(tmp_path / "include")
    single = ad_home(tmp_path / "single", include, inbox, dict.fromkeys(shops, "main"))
    single = single.model_copy(update={"allow_future_nights": True})
    home = ad_home(tmp_path / "many" / "home", include, inbox, {"a": "main", "b": "north"})
    (single.home / "pseudonym.key").write_text(environment(home.home)["SHOPWATCH_PSEUDONYM_KEY"])
    _deliver_week(home, shops, SUNDAYS[0])
    watch_night(single, SUNDAYS[0])
    with (
        lineage_receiver() as receiver,
        celery(home, OPENLINEAGE_URL=receiver.url, OPENLINEAGE_NAMESPACE="shops") as (airflow, workers),
    ):
        workers.add("one", "main", serves_default=True)
        workers.add("two", "north")
        _night(airflow, SUNDAYS[0])
        assert [path.name for path in workers.disk("one").iterdir()] == ["main"]
        assert [path.name for path in workers.disk("two").iterdir()] == ["north"]
        _require_same(single, home)
        _require_lineage(receiver, home, inbox, {"main": workers.disk("one"), "north": workers.disk("two")})

        workers.lose("two")
        rebuilt = workers.env | {"SHOPWATCH_SHARD_DISK": str(workers.disk("three"))}
        replayed = Process(["-m", "shopwatch", "replay", "--shard", "north"], rebuilt)
        assert replayed.wait(ENDS) == 0, replayed.output
        workers.add("three", "north")
        _deliver_week(home, shops, SUNDAYS[1])
        watch_night(single, SUNDAYS[1])
        night = airflow.start("nightly_watch", {"business_date": str(SUNDAYS[1])})
        check = f"{night}/taskInstances/shard_north.check_quality"
        until(lambda: (airflow.try_call(check) or {}).get("state") == "running", "a task runs", pause=0.2)
        workers.kill("three")
        workers.add("four", "north", disk="three")
        tasks = airflow.wait(night, NIGHT_ENDS)
        assert tasks["shard_north.check_quality"]["try_number"] == 2
        _require_same(single, home)


@pytest.mark.skipif(not os.environ.get("MEASURE_WORKERS"), reason="a measurement, for an idle machine")
@pytest.mark.timeout(10 * NIGHT_ENDS)
def test_time_of_two_workers_against_one(tmp_path: Path) -> None:
    """Prints how long the shards' tasks of like nights take; ``MEASURE_WORKERS`` is the number of shards."""
    shops = tuple(f"shop{number:02}" for number in range(int(os.environ["MEASURE_WORKERS"])))
    shards = {shop: shop for shop in shops}
    home = ad_home(tmp_path / "many" / "home", ad_include(tmp_path / "include"), tmp_path / "inbox", shards)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    with celery(home) as (airflow, workers):
        for number, count in enumerate((2, 1, 2, 2, 1)):  # the first night makes the warehouses, and is not compared
            sunday = SUNDAYS[0] + number * timedelta(days=7)
            _deliver_week(home, shops, sunday)
            names = [f"w{number}of{worker}" for worker in range(count)]
            for worker, name in enumerate(names):
                workers.add(name, *shops[worker::count], serves_default=worker == 0, disk="all")
            tasks = [task for name, task in _night(airflow, sunday).items() if name.startswith("shard_")]
            begun, ended = (
                choose(datetime.fromisoformat(task[key]) for task in tasks)
                for choose, key in ((min, "start_date"), (max, "end_date"))
            )
            for name in names:
                workers.stop(name)
            taken = (ended - begun).total_seconds()
            print(f"night {number}, {count} workers, {len(tasks)} tasks: {taken:.0f} s, load {os.getloadavg()[1]:.1f}")
            if number:
                seconds[count].append(taken)
    print(f"1 worker takes {sum(seconds[1]) / sum(seconds[2]):.2f} times as long as 2")
