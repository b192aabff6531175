"""Rows that a platform or a person adds to a report are recognised or reported: none counts silently."""

from __future__ import annotations

import pytest

from files import DAY, WANXIANG, ask, csv_bytes, drop, load_all, plan, table
from shopwatch.catalog.contracts import load_contracts
from shopwatch.core.settings import PROJECT, Settings

CONTRACTS = load_contracts(PROJECT / "include")


@pytest.mark.sampled(5)
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


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    ("own", "read"),
    [
        ("CNY", {"¥": 12, "￥": 12, "CNY ": 12}),
        ("USD", {"$": 12, "US$": 12, "USD ": 12}),
        ("HKD", {"$": 12, "HK$": 12}),
        ("GBP", {"£": 12, "GBP": 12}),
        ("EUR", {"€": 12, "EUR": 12}),
    ],
)
def test_an_amount_with_the_sign_of_another_currency_is_not_added_to_the_shops(
    settings: Settings, own: str, read: dict[str, int]
) -> None:
    settings.home.mkdir()
    (settings.home / "shops.yaml").write_text(f"qinghe: {{title: q, platform: p, currency: {own}}}\n", "utf-8")
    signs = ("", "¥", "￥", "CNY ", "$", "US$", "USD ", "HK$", "£", "GBP", "€", "EUR")
    rows = [plan(number, 计划名字=sign, 花费=f"{sign}12.00") for number, sign in enumerate(signs)]
    drop(settings, "qinghe/plans.csv", csv_bytes(table(WANXIANG, rows), "gb18030"))
    load_all(settings)
    found = ask(settings, "select coalesce(campaign_name, ''), cast(spend as int) from incoming.wanxiang_plans")
    assert dict(found) == {"": 12, **{sign.strip(): spend for sign, spend in read.items()}}
