"""A home with three judged and published nights of the demo shops' last weeks, for the tests of the pages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from demo import write_demo
from shopwatch.core.settings import Settings
from warehouses import judge_and_tell, take_in

NIGHTS = [date(2026, 11, 13), date(2026, 11, 14), date(2026, 11, 15)]
FIRST_WEEK = "2026-10-26"
PAGE_URL = "http://pages.example/shopwatch"


def _is_watched(file: Path) -> bool:
    day = file.stem.rsplit("_", 1)[-1].removesuffix(" (1)")
    is_traffic = "商品_全部" in file.name and day >= FIRST_WEEK
    return is_traffic or "计划报表_202611" in file.name or "库存_202611" in file.name


def watch_shop(home: Path) -> Settings:
    """Traffic, stock and plans of the two demo shops, and one file that nobody knows."""
    settings = Settings(home=home, settle_seconds=0, page_url=PAGE_URL)
    write_demo(settings.inbox, wanted=_is_watched)
    (settings.inbox / "qinghe" / "说明.csv").write_text("甲,乙\n1,2\n", "utf-8")
    take_in(settings)
    for night in NIGHTS:
        judge_and_tell(settings, night)
    return settings
