"""Benchmark of the warehouse's nights: one new day on a short history and on a long one, in CPU seconds.

The history is generated as typed rows: 1,000 products, 1,000 orders a day and 50 campaigns by default. Each night
builds, judges, notifies and publishes, in a process that has done nothing else; reading files is not part of it. The
ratio is that of the medians of the nights with one new day, from the second one on: the first one also sorts what the
first build left.
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
from statistics import median

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.pipeline import build_models, judge_night, notify_teams, publish_night
from shopwatch.warehouse.connections import raw_warehouse, run_script, transaction

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


STEPS: dict[str, Callable[[Settings, date], object]] = {
    "build": lambda settings, _: build_models(settings),
    "judge": judge_night,
    "notify": notify_teams,
    "publish": publish_night,
}


def watch(settings: Settings, night: date) -> dict[str, float]:
    """CPU seconds of each step of a night, megabytes of the files, and the peak of memory."""
    costs: dict[str, float] = {}
    for name, step in STEPS.items():
        before = cores()
        step(settings, night)
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
    """Load days into a home, or watch a night of it."""
    settings = Settings(home=args.home)
    if args.part == "night":
        return watch(settings, args.last)
    size = {"orders": args.orders, "products": args.products, "campaigns": args.campaigns}
    load_history(settings, args.last - timedelta(days=args.days - 1), args.last, size)
    return {}


def main() -> None:
    """Make a home for each history, and watch its first night and nights with one new day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, nargs="+", default=[1, 36])
    parser.add_argument("--orders", type=int, default=1000, help="orders a day (default 1000)")
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--campaigns", type=int, default=50)
    parser.add_argument("--nights", type=int, default=4, help="nights with one new day (default 4)")
    parser.add_argument("--scratch", type=Path, help="folder in which the homes are made, and kept")
    parser.add_argument("--part", choices=("load", "night"), help=argparse.SUPPRESS)
    parser.add_argument("--days", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--last", type=date.fromisoformat, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.part:
        print(json.dumps(part(args)))
        return
    size = [f"--{name}={getattr(args, name)}" for name in ("orders", "products", "campaigns")]
    with tempfile.TemporaryDirectory(prefix="shopwatch-bench-") as scratch:
        medians: dict[int, float] = {}
        for months in args.months:
            home = (args.scratch or Path(scratch)) / f"{months}-months"
            home.mkdir(parents=True)
            totals: list[float] = []
            for back in range(args.nights, -1, -1):
                days, last = round(months * 30.4) if back == args.nights else 1, NEW_DAY - timedelta(days=back)
                child(home, "--part=load", f"--days={days}", f"--last={last}", *size)
                costs = child(home, "--part=night", f"--last={last}")
                totals.append(costs["total"])
                print(
                    f"{months:3} months and {args.nights - back} new days:",
                    ", ".join(f"{key} {value:.2f}" for key, value in costs.items()),
                    flush=True,
                )
            medians[months] = median(totals[2:] or totals[-1:])
    least, most = min(medians), max(medians)
    print(f"ratio one new day {medians[most] / medians[least]:.2f} x")


if __name__ == "__main__":
    main()
