"""万相台 reports by scene, and ad reports whose days are under 统计日期."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from files import ask, csv_bytes, drop, load_all, plan, table
from platforms import WANXIANG_PLANS, ZHITONGCHE
from shopwatch.core.settings import Settings
from warehouses import take_in

SCENES = ["统计日期", "场景ID", "场景名字", "展现量", "点击量", "花费", "总成交金额", "总成交笔数", "投入产出比"]
SUBSCENES = [*SCENES[:3], "原二级场景ID", "原二级场景名字", *SCENES[3:]]


def scene(name: str, spend: str, **cells: str) -> dict[str, str]:
    told = {"统计日期": "2026-11-02", "场景名字": name, "展现量": "1,000", "点击量": "50", "花费": spend}
    return {**told, "总成交金额": "-", "总成交笔数": "-", **cells}


def by_scene(*rows: dict[str, str], titles: list[str] = SCENES) -> bytes:
    return csv_bytes([*table(titles, rows), ["合计", *["9,999"] * (len(titles) - 1)]])


def shop_spend(settings: Settings) -> list[tuple]:
    take_in(settings)
    with duckdb.connect(settings.shop_warehouse, read_only=True) as con:
        query = "select sum(spend), sum(ad_revenue) from intermediate.int_ad_day where is_shop_spend"
        return con.execute(query).fetchall()


def test_a_report_by_scene_is_the_spend_of_the_shop(settings: Settings) -> None:
    rows = scene("关键词推广", "120.50", 总成交金额="300"), scene("人群推广", "80")
    drop(settings, "qinghe/场景.csv", by_scene(*rows))
    assert shop_spend(settings) == [(Decimal("200.50"), Decimal("300.00"))]
    assert ask(settings, "select count(*) from quarantine") == [(0,)]


@pytest.mark.slow
def test_subscenes_add_up_to_their_scene(settings: Settings) -> None:
    parts = [scene("人群推广", "30", 原二级场景ID=str(n), 原二级场景名字=f"场景{n}") for n in (1, 2)]
    drop(settings, "qinghe/场景.csv", by_scene(*parts, titles=SUBSCENES))
    assert shop_spend(settings) == [(Decimal("60.00"), Decimal("0.00"))]


@pytest.mark.slow
def test_scenes_and_plans_of_one_day_count_once(settings: Settings) -> None:
    plans = csv_bytes(table(WANXIANG_PLANS, [plan(1, 花费="120.50"), plan(2, 花费="79.00")]))
    drop(settings, "qinghe/计划.csv", plans)
    drop(settings, "qinghe/场景.csv", by_scene(scene("关键词推广", "120.50"), scene("人群推广", "80")))
    assert shop_spend(settings) == [(Decimal("200.50"), Decimal("0.00"))]


@pytest.mark.parametrize(("titles", "export"), [(WANXIANG_PLANS, "wanxiang_plans"), (ZHITONGCHE, "zhitongche_plans")])
def test_days_may_be_under_another_header(settings: Settings, titles: list[str], export: str) -> None:
    row = plan(1) | {"计划id": "6001", "计划名称": "计划1", "推广类型": "标准推广"}
    content = csv_bytes([["统计日期", *titles[1:]], *table(titles, [row, {**row, "日期": "合计"}])[1:]])
    drop(settings, "qinghe/计划.csv", content)
    ((name, loaded),) = load_all(settings).items()
    assert (name, loaded.rows, loaded.skipped, loaded.quarantined) == (export, 1, 1, 0)
