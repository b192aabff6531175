"""Benchmark of the warehouse's nights: one new day on a short history and on a long one, in CPU seconds.

The history is generated as typed rows: 1,000 products, 1,000 orders a day and 50 campaigns by default. Reading files,
rules and mails are not part of it. Each step of a home is timed in a process that has done nothing else.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.pipeline import build_models, publish_night
from shopwatch.warehouse.connections import raw_warehouse, run_script, shop_warehouse, transaction
from shopwatch.warehouse.dictionary import write_dictionary
from shopwatch.warehouse.published_rules import seed_rules

NEW_DAY = date(2026, 11, 28)
SHOP = "qinghe"
STATEMENTS = Path(__file__).with_name("night_history.sql")


def cores() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def load_history(settings: Settings, first: date, last: date, size: dict[str, int]) -> None:
    """Insert the generated rows of the days, as if their exports had been loaded."""
    with raw_warehouse(settings, Catalog(settings).contracts) as con, transaction(con):
        run_script(con, STATEMENTS.read_text("utf-8"), {}, {"first": first, "last": last, "shop": SHOP, **size})


def describe(settings: Settings) -> None:
    """Note the night and write the dictionary, as the judge's step does."""
    catalog = Catalog(settings)
    with shop_warehouse(settings) as con, transaction(con):
        con.execute("create or replace table meta.night as select cast($1 as date) as night", [NEW_DAY])
        seed_rules(con, catalog)
        write_dictionary(con, catalog)


STEPS: dict[str, Callable[[Settings], object]] = {
    "build": build_models,
    "describe": describe,
    "publish": lambda settings: publish_night(settings, NEW_DAY),
}


def night(settings: Settings) -> dict[str, float]:
    """CPU seconds of each step, megabytes of the files, and the peak of memory."""
    costs: dict[str, float] = {}
    for name, step in STEPS.items():
        before = cores()
        step(settings)
        costs[name] = cores() - before
    costs["total"] = sum(costs.values())
    costs["shop_mb"] = settings.shop_warehouse.stat().st_size / 1e6
    costs["published_mb"] = settings.published.stat().st_size / 1e6
    costs["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return costs


def child(home: Path, *options: str) -> dict[str, float]:
    """Run a part of this script in a process of its own."""
    command = [sys.executable, __file__, "--home", str(home), *options]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return dict(json.loads(output[-1]))


def part(args: argparse.Namespace) -> dict[str, float]:
    """Load days into a home, or watch its night."""
    settings = Settings(home=args.home)
    if args.part == "night":
        return night(settings)
    size = {"orders": args.orders, "products": args.products, "campaigns": args.campaigns}
    last = NEW_DAY if args.days == 1 else NEW_DAY - timedelta(days=1)
    load_history(settings, last - timedelta(days=args.days - 1), last, size)
    return {}


def main() -> None:
    """Make a home for each history, watch its first night, a night with one new day and one with nothing new."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, nargs="+", default=[1, 36])
    parser.add_argument("--orders", type=int, default=1000, help="orders a day (default 1000)")
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--campaigns", type=int, default=50)
    parser.add_argument("--scratch", type=Path, help="folder in which the homes are made, and kept")
    parser.add_argument("--part", choices=("load", "night"), help=argparse.SUPPRESS)
    parser.add_argument("--days", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        print(json.dumps(part(args)))
        return
    size = [f"--{name}={getattr(args, name)}" for name in ("orders", "products", "campaigns")]
    with tempfile.TemporaryDirectory(prefix="shopwatch-bench-") as scratch:
        found: dict[int, dict[str, float]] = {}
        for months in args.months:
            home = (args.scratch or Path(scratch)) / f"{months}-months"
            home.mkdir(parents=True)
            child(home, "--part=load", f"--days={round(months * 30.4)}", *size)
            for name in ("first night", "one new day", "nothing new"):
                if name == "one new day":
                    child(home, "--part=load", "--days=1", *size)
                costs = child(home, "--part=night")
                print(
                    f"{months:3} months, {name}:",
                    ", ".join(f"{key} {value:.2f}" for key, value in costs.items()),
                    flush=True,
                )
                found.setdefault(months, {})[name] = costs["total"]
    least, most = min(found), max(found)
    print(f"ratio one new day {found[most]['one new day'] / found[least]['one new day']:.2f} x")


if __name__ == "__main__":
    main()
