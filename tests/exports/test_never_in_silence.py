"""What a platform or a hand adds to a report is told apart from it, or told: it never counts in silence."""

from __future__ import annotations

import pytest

from files import DAY, csv_bytes, drop, load_all, table
from shopwatch.exports.contract import load_contracts
from shopwatch.settings import PROJECT, Settings

CONTRACTS = load_contracts(PROJECT / "include")


@pytest.mark.parametrize("total", ["合计", "总计：", " 汇总 "])
@pytest.mark.parametrize(
    ("export", "first"),
    [
        ("wangdiantong_stock", "商家编码"),
        ("jushuitan_stock", "商品编码"),
        ("qianchuan_creatives", "素材ID"),
        ("jingzhuntong_kuaiche", "计划ID"),
        ("feige_agents", "客服昵称"),
    ],
)
def test_a_total_among_things_without_a_date_is_none_of_them(
    settings: Settings, export: str, first: str, total: str
) -> None:
    names = list(
        dict.fromkeys([*CONTRACTS[export].recognise, *(c.headers[0] for c in CONTRACTS[export].columns.values())])
    )
    rows = [{first: "A1"}, {first: total}]
    drop(settings, f"qinghe/{DAY}.csv", csv_bytes(table(names, rows), "gb18030"))
    loaded = load_all(settings)[export]
    assert (loaded.rows, loaded.skipped, loaded.quarantined) == (1, 1, 0)
