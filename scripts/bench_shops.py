"""Benchmark of a home with many small shops in several shards: seconds of each night, its memory, and the home's disk.

Each shop drops three files a day: orders, ads and stock. The first night loads all days but one, the second the last
day. Both run in a process of their own, one shard after the other. The home is kept for a look if it is named.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from shopwatch.core.settings import Settings
from shopwatch.shards.night import watch_shards

LAST = date(2026, 11, 15)
CHINA = ZoneInfo("Asia/Shanghai")
ORDERS = (
    "订单编号 买家会员名 买家支付宝账号 支付单号 支付详情 买家应付货款 买家应付邮费 总金额 买家实际支付金额 订单状态 "
    "买家留言 收货人姓名 收货地址_ 联系电话_ 联系手机 订单创建时间 订单付款时间_ 宝贝标题_ 宝贝总数量 订单关闭原因 "
    "退款金额 确认收货时间"
)
ADS = "日期 场景名字 计划ID 计划名字 主体ID 展现量 点击量 花费 总成交金额 总成交笔数"
STOCK = "商家编码 条码 货品编号 货品名称 规格名称 库存 可发库存 可用库存 采购在途"


def write_day(folder: Path, shop: int, day: date, orders: int) -> None:
    """Write a shop's three files of one day, as exported the next morning."""
    exported = datetime(day.year, day.month, day.day, 1, tzinfo=CHINA) + timedelta(days=1)
    folder.mkdir(parents=True, exist_ok=True)
    first = shop * 10_000_000 + (day - date(2026, 1, 1)).days * 1_000
    tables = {
        "订单": (ORDERS, [_order(first + number, day) for number in range(orders)]),
        "计划": (ADS, [_ad(shop, number, day) for number in range(3)]),
        "库存": (STOCK, [_stock(shop, number) for number in range(5)]),
    }
    for name, (headers, rows) in tables.items():
        path = folder / f"{name}_{day:%Y%m%d}.csv"
        with path.open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header.replace("_", " ") for header in headers.split())
            writer.writerows(rows)
        os.utime(path, (exported.timestamp(), exported.timestamp()))


def _order(number: int, day: date) -> list[str]:
    price, second = f"{50 + number % 150}.00", f"{number % 60:02}"
    ids = [f'="48{number:017d}"', f"茶客{number % 90_000}", "", f"2026{number:020d}", ""]
    buyer = ["沈青", "云南省 昆明市", "", ""]
    times = [f"{day} 09:{second}:00", f"{day} 10:{second}:00"]
    goods = ["青瓷茶杯", "1", "订单未关闭", "0.00", f"{day} 20:00:00"]
    return [*ids, price, "0.00", price, price, "交易成功", "", *buyer, *times, *goods]


def _ad(shop: int, number: int, day: date) -> list[str]:
    revenue = f"{200 + (shop * 7 + number * 31 + day.day * 13) % 400}.00"
    plan = f"6{shop:06}{number:04}"
    return [
        str(day),
        "关键词推广",
        plan,
        f"计划{number}",
        f"71{shop:06}{number:04}",
        "5000",
        "120",
        "100.00",
        revenue,
        "4",
    ]


def _stock(shop: int, number: int) -> list[str]:
    return [f"SKU-{shop}-{number}", "", f"H{number}", "青瓷茶杯", "白", "100", "90", "90", "0"]


def declare(home: Path, shops: int, shards: int) -> None:
    """Declare the shops, in turn to the shards."""
    home.mkdir(parents=True, exist_ok=True)
    lines = [
        f"s{shop:04}: {{title: 店{shop}, platform: tmall, currency: CNY, shard: w{shop % shards:02}}}\n"
        for shop in range(shops)
    ]
    (home / "shops.yaml").write_text("".join(lines), "utf-8")


def drop(home: Path, shops: int, days: list[date], orders: int) -> None:
    """Drop all shops' files of the days."""
    for shop in range(shops):
        for day in days:
            write_day(home / "inbox" / f"s{shop:04}", shop, day, orders)


def night(home: Path, day: date) -> str:
    """Run a night in a process of its own; returns its time and memory."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, __file__, "--home", str(home), "--night", str(day)], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    load = os.getloadavg()[1]
    return f"{time.monotonic() - start:,.0f} s, {cpu:,.0f} CPU s, {used.ru_maxrss / 1024:,.0f} MB, load {load:.1f}"


def megabytes(folder: Path) -> float:
    """Megabytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    """Measure, or run one night."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=500)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--orders", type=int, default=10, help="orders of a shop and day")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--night", type=date.fromisoformat, help="run this night of the home, and nothing else")
    asked = parser.parse_args()
    if asked.night:
        watch_shards(Settings(home=asked.home, settle_seconds=0), asked.night)
        return
    home = asked.home or Path(tempfile.mkdtemp(prefix="shops-"))
    declare(home, asked.shops, asked.shards)
    days = [LAST - timedelta(days=back) for back in reversed(range(asked.days))]
    for dropped in (days[:-1], days[-1:]):
        drop(home, asked.shops, dropped, asked.orders)
        print(f"{len(dropped)} days of {asked.shops} shops: {night(home, dropped[-1])}", flush=True)
    for folder in sorted(path for path in home.iterdir() if path.is_dir()):
        print(f"{folder.name}: {megabytes(folder):,.0f} MB", flush=True)


if __name__ == "__main__":
    main()
