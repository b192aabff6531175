"""Benchmark of the models: our build beside the same statements run bare, by dbt and by SQLMesh, in turns.

Two builds: all of a history, and one new day on it. Each way runs on its own copy of the same warehouse file, with one
thread, in a process of its own; medians of CPU seconds are compared. The time that a way takes to start and to read its
project is left out; of dbt and SQLMesh it is subtracted, as measured by a command that does only that. Every way must
give the same rows.

dbt and SQLMesh are installed into environments of their own on first use; one that cannot be installed is reported.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import duckdb

from bench_nights import NEW_DAY, load_history
from peer_projects import PeerModel, bare_statements, peer_models, prepare, write_dbt, write_sqlmesh
from shopwatch.catalog.calendar import calendar_of
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.pipeline import build_models

ENVIRONMENTS = PROJECT / ".venv" / "peers"
PACKAGES = {
    "dbt": ("dbt-core==1.11.16", "dbt-duckdb==1.11.1", "duckdb==1.5.5"),
    "sqlmesh": ("sqlmesh==0.236.4", "duckdb==1.5.5"),
}
COMPARED = (
    "marts.fct_order",
    "marts.fct_product_day",
    "marts.fct_stock_cover_day",
    "marts.fct_new_buyer_week",
    "marts.dim_buyer",
    "kpi.fct_kpi",
)
QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "SQLMESH__DISABLE_ANONYMIZED_ANALYTICS": "true",
    "DO_NOT_TRACK": "1",
}


def installed(peer: str) -> tuple[str, str] | None:
    """Python and script of a peer, installed if need be; None if it cannot be.

    Python is named because the script's first line has the path of the environment when it was made.
    """
    folder = ENVIRONMENTS / peer
    python, command = folder / "bin" / "python", folder / "bin" / peer
    if not command.exists():
        print(f"installing {', '.join(PACKAGES[peer])}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "-q", *PACKAGES[peer]]
        if subprocess.run(pip, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            shutil.rmtree(folder)
            print(f"{peer} cannot be installed here: not measured", flush=True)
            return None
    return str(python), str(command)


def measured(work: Callable[[], object]) -> float:
    """CPU seconds of this process for some work."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_child(*options: str) -> float:
    """CPU seconds that a part of this script printed."""
    command = [sys.executable, __file__, *options]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def of_command(folder: Path, *command: str) -> float:
    """CPU seconds of a whole command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=os.environ | QUIET, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_bare(warehouse: Path, raw: Path, statements: Iterable[str]) -> None:
    """Run statements in one connection."""
    with duckdb.connect(warehouse, config={"threads": 1}) as con:
        con.execute(f"attach '{raw}' as raw (read_only)")
        for statement in statements:
            con.execute(statement)


def read_project(catalog: Catalog) -> None:
    """Read the declarations that a build needs."""
    duckdb.sql("select $1", params=["what DuckDB itself imports at its first parameter"]).fetchall()
    for part in (catalog.contracts, catalog.shops, catalog.metrics):
        assert part
    for shop in catalog.shops.values():
        calendar_of(shop.home_region, catalog.events)  # imports the holidays of all countries


class Bench:
    """One home with a history, and each way's own warehouse file beside it."""

    def __init__(self, scratch: Path, peers: dict[str, tuple[str, str]]) -> None:
        """``peers``: name of dbt or SQLMesh -> Python and script."""
        self.scratch, self.peers = scratch, peers
        self.settings = Settings(home=scratch / "home")
        self.models: list[PeerModel] = peer_models(Catalog(self.settings))
        self.history = scratch / "history.duckdb"
        self.costs: dict[tuple[str, str], list[float]] = {}

    def load(self, days: int, size: dict[str, int]) -> None:
        """Load the history into a new home."""
        shutil.rmtree(self.settings.home, ignore_errors=True)
        last = NEW_DAY - timedelta(days=1)
        load_history(self.settings, last - timedelta(days=days - 1), last, size)

    def full(self) -> None:
        """One turn of building everything."""
        self.settings.shop_warehouse.unlink(missing_ok=True)
        prepare(self.settings, base := self.fresh("base"))
        self.note("full", "ours", in_child("--part=ours", f"--home={self.settings.home}"))
        shutil.copy(self.settings.shop_warehouse, self.history)
        for way in ("bare", *self.peers):
            shutil.copy(base, self.fresh(way))
            self.note("full", way, self.run(way, incremental=False))

    def one_day(self) -> None:
        """One turn of adding the new day, which is loaded by now, to what the full turn built."""
        shutil.copy(self.history, self.settings.shop_warehouse)
        for way in ("bare", *self.peers):
            prepare(self.settings, self.scratch / f"{way}.duckdb", self.history)
        self.note("one new day", "ours", in_child("--part=ours", f"--home={self.settings.home}"))
        for way in ("bare", *self.peers):
            self.note("one new day", way, self.run(way, incremental=True))

    def fresh(self, way: str) -> Path:
        """Path of a way's warehouse, which does not exist yet."""
        path = self.scratch / f"{way}.duckdb"
        path.unlink(missing_ok=True)
        return path

    def run(self, way: str, *, incremental: bool) -> float:
        """CPU seconds of a way, without its start."""
        warehouse, raw, folder = self.scratch / f"{way}.duckdb", self.settings.raw_warehouse, self.scratch / way
        if way == "bare":
            options = ("--part=bare", f"--warehouse={warehouse}", f"--raw={raw}")
            return in_child(*options, *(("--incremental",) if incremental else ()))
        command = self.peers[way]
        if way == "dbt":
            if not incremental:
                write_dbt(self.models, folder, warehouse, raw)
            start = min(of_command(folder, *command, "ls", "--profiles-dir", ".") for _ in range(2))
            return of_command(folder, *command, "run", "--profiles-dir", ".") - start
        if not incremental:
            write_sqlmesh(self.models, folder, warehouse, raw)
        start = of_command(folder, *command, "info", "--skip-connection")
        at = ("--run", "--execution-time", "2020-01-04") if incremental else ("--execution-time", "2020-01-03")
        return of_command(folder, *command, "plan", "--auto-apply", "--no-prompts", *at) - start

    def note(self, build: str, way: str, cost: float) -> None:
        """Keep a figure, and show it."""
        self.costs.setdefault((build, way), []).append(cost)
        print(f"{build:12} {way:8} {cost:6.2f} s", flush=True)

    def differences(self) -> list[str]:
        """Tables of which a way has other rows than ours: the bench is worth nothing then."""
        with duckdb.connect() as con:
            con.execute(f"attach '{self.settings.raw_warehouse}' as raw_file (read_only)")
            con.execute(f"attach '{self.settings.shop_warehouse}' as ours (read_only)")
            found = []
            for way in ("bare", *self.peers):
                con.execute(
                    f"attach '{self.scratch / f'{way}.duckdb'}' as shop (read_only)"
                )  # as SQLMesh's views name it
                for table in COMPARED:
                    of_targets = "where metric not in (select metric from ours.seed.metrics where len(inputs) = 0)"
                    where = of_targets if table == "kpi.fct_kpi" else ""
                    counts = f"select (select count(*) from ours.{table} {where}), (select count(*) from shop.{table})"
                    ours, theirs = con.execute(counts).fetchone() or (0, 0)
                    found += [f"{way} {table}: {theirs:,} rows, ours {ours:,}"] if ours != theirs else []
                con.execute("detach shop")
            return found

    def report(self) -> None:
        """Print the medians, and each as a multiple of the bare statements."""
        for build in ("full", "one new day"):
            medians = {way: statistics.median(costs) for (of, way), costs in self.costs.items() if of == build}
            for way, median in medians.items():
                print(f"{build:12} {way:8} {median:6.2f} s  {median / medians['bare']:5.2f} x bare")


def main() -> None:
    """Load a history, take the turns, compare the rows, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--orders", type=int, default=1000, help="orders a day (default 1000)")
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--campaigns", type=int, default=50)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=tuple(PACKAGES), default=list(PACKAGES))
    parser.add_argument("--part", choices=("ours", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--incremental", action="store_true", help=argparse.SUPPRESS)
    for path in ("home", "warehouse", "raw"):
        parser.add_argument(f"--{path}", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part == "ours":
        settings = Settings(home=args.home)
        catalog = Catalog(settings)
        read_project(catalog)
        print(measured(lambda: build_models(settings, catalog)))
        return
    if args.part == "bare":
        catalog = Catalog(Settings())
        read_project(catalog)
        statements = list(bare_statements(peer_models(catalog), incremental=args.incremental))
        print(measured(lambda: run_bare(args.warehouse, args.raw, statements)))
        return
    size = {"orders": args.orders, "products": args.products, "campaigns": args.campaigns}
    peers = {peer: command for peer in args.peers if (command := installed(peer))}
    with tempfile.TemporaryDirectory(prefix="shopwatch-peers-") as scratch:
        bench = Bench(Path(scratch), peers)
        for _ in range(args.turns):
            bench.load(args.days, size)
            bench.full()
            load_history(bench.settings, NEW_DAY, NEW_DAY, size)
            bench.one_day()
        different = bench.differences()
        bench.report()
    if different:
        raise SystemExit("\n".join(different))


if __name__ == "__main__":
    main()
