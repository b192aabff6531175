"""Benchmark of loading: a generated order list, loaded by us and by DuckDB's own typed read, in turns.

Each way runs in its own process, equally often and alternating with the others, so that a busy minute affects all of
them; medians are compared. Measurement starts when a process begins to read, after its imports: starting Python and its
libraries takes the same second for one file or a thousand. Both write into a DuckDB file, with the same number of
threads. The floor stores all columns of the file; it verifies no encoding, numbers no lines, cleans no cells,
pseudonymises no buyers and keeps no original.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb

from shopwatch.core.settings import Settings
from shopwatch.ingest.load import load_new

HEADER = (
    "订单编号,买家会员名,买家支付宝账号,支付单号,支付详情,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,"
    "买家留言,收货人姓名,收货地址 ,联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝总数量,订单关闭原因,"
    "退款金额,确认收货时间\r\n"
)
TYPES = {**dict.fromkeys((5, 6, 7, 8, 20), "DECIMAL(18,2)"), **dict.fromkeys((15, 16, 21), "TIMESTAMP"), 18: "BIGINT"}
LINE = (
    '="{id:019d}",茶客{buyer:06d},b{buyer:06d}@example.com,20261101220{id:010d},,{yuan}.{cents:02d},0.00,{yuan}.{cents:02d},'
    "{yuan}.{cents:02d},交易成功,,沈青{buyer:06d},云南省 昆明市 五华区 翠湖路{buyer:06d}号,',"
    "'1990000{buyer:04d},2026-11-{day:02d} {hour:02d}:{minute:02d}:00,2026-11-{day:02d} {hour:02d}:{minute:02d}:30,"
    "青瓷茶杯 家用 主人杯 {title},{pieces},订单未关闭,0.00,2026-11-{day:02d} 23:00:00\r\n"
)


def write(path: Path, size: int, encoding: str) -> None:
    """Write the same orders for the same size in UTF-8 bytes, in the given encoding."""
    block, written, number = 20_000, 0, 0
    with path.open("wb") as file:
        file.write(HEADER.encode(encoding))
        while written < size:
            text = "".join(line(n) for n in range(number, number + block))
            file.write(text.encode(encoding))
            written, number = written + len(text.encode()), number + block


def line(n: int) -> str:
    """The n-th order: scattered numbers that are the same in every run."""
    mixed = n * 2654435761 % (1 << 32)
    return LINE.format(
        id=n, buyer=mixed % 9973, yuan=mixed % 900 + 9, cents=mixed % 100, day=mixed % 28 + 1,
        hour=mixed % 24, minute=mixed % 60, title=mixed % 500, pieces=mixed % 5 + 1,
    )  # fmt: skip


def ours(path: Path, home: Path) -> None:
    """Load the file as a night does."""
    settings = Settings(home=home, inbox_address=str(path.parents[1]), settle_seconds=0)
    if not sum(one.rows for one in load_new(settings).values()):
        raise SystemExit("nothing was loaded: there is nothing to compare")


def floor(path: Path, home: Path) -> None:
    """Read the same file with DuckDB into a table of the same types."""
    home.mkdir(parents=True)
    columns = {f"c{i}": TYPES.get(i, "VARCHAR") for i in range(HEADER.count(",") + 1)}
    with duckdb.connect(home / "floor.duckdb") as con:
        table = con.read_csv(str(path), header=True, columns=columns, auto_detect=False, delimiter=",", quotechar='"')
        table.create("orders")


class Cost(NamedTuple):
    """Cost of one way: elapsed seconds, seconds of all cores, peak memory in bytes."""

    clock: float
    cores: float
    peak: int


def measure(way: Callable[[Path, Path], None], path: Path, home: Path) -> Cost:
    """Measure one way in this process."""
    duckdb.sql("select $1", params=["what DuckDB itself imports at its first parameter"]).fetchall()
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    way(path, home)
    clock, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cores = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(clock, cores, after.ru_maxrss * 1024)


def timed(way: str, path: Path) -> Cost:
    """Measure one way in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="shopwatch-bench-") as scratch:
        child = [sys.executable, __file__, "--only", way, "--file", str(path), "--home", f"{scratch}/home"]
        output = subprocess.run(child, check=True, capture_output=True, text=True).stdout.split()
    return Cost(float(output[-3]), float(output[-2]), int(output[-1]))


def median(costs: list[Cost]) -> Cost:
    """Medians of the times; maximum of the memory."""
    clocks, cores, peaks = zip(*costs, strict=True)
    return Cost(statistics.median(clocks), statistics.median(cores), max(peaks))


def shown(name: str, costs: list[Cost], beside: list[Cost], other: str) -> str:
    """One line of the report. A ratio is the median of the ratios of the turns."""
    own = median(costs)
    clock = statistics.median(one.clock / two.clock for one, two in zip(costs, beside, strict=True))
    cores = statistics.median(one.cores / two.cores for one, two in zip(costs, beside, strict=True))
    return (
        f"{name:8} {own.clock:6.1f} s = {clock:.2f} x {other}   "
        f"{own.cores:6.1f} s of cores = {cores:.2f} x   peak {own.peak / 1e6:,.0f} MB"
    )


def main() -> None:
    """Generate the files, time each way in turns, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="megabytes of UTF-8 (default 200)")
    parser.add_argument("--turns", type=int, default=5, help="how often each way is timed (default 5)")
    parser.add_argument("--only", choices=("ours", "floor"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        print(*measure({"ours": ours, "floor": floor}[args.only], args.file, args.home))
        return
    with tempfile.TemporaryDirectory(prefix="shopwatch-bench-") as scratch:
        files = {encoding: Path(scratch) / encoding / "qinghe" / "orders.csv" for encoding in ("utf-8", "gb18030")}
        for encoding, path in files.items():
            path.parent.mkdir(parents=True)
            write(path, args.size * 10**6, encoding)
        ways = (("floor", files["utf-8"]), ("ours", files["utf-8"]), ("ours", files["gb18030"]))
        turns = [[timed(way, path) for way, path in ways] for _ in range(args.turns)]
    least, own, other = (list(costs) for costs in zip(*turns, strict=True))
    print(f"{args.size} MB of UTF-8, the median of {args.turns} turns; on a busy machine trust the cores")
    print(shown("DuckDB", least, least, "DuckDB"))
    print(shown("UTF-8", own, least, "DuckDB"))
    print(shown("GB18030", other, own, "UTF-8"))


if __name__ == "__main__":
    main()
