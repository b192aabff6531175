"""shops.yaml: what is wrong in it is said with the shop, the line and the word that was meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shopwatch.catalog.shops import Shop, load_shops
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings

TEA = """\
tea:
  title: Tea
  platform: tmall
  currency: CNY
linen:
  title: Linen
  platform: tmall
"""


def shops(home: Path, more: str) -> dict[str, Shop]:
    (home / "shops.yaml").write_text(TEA + more, "utf-8")
    return load_shops(Settings(home=home))


def test_a_shop_may_say_which_ads_ended(tmp_path: Path) -> None:
    linen = shops(tmp_path, "  currency: CNY\n  ended_ad_accounts: {zhitongche: 2026-11-04}\n")["linen"]
    assert linen.name == "linen"
    assert linen.ended_ad_accounts == {"zhitongche": date(2026, 11, 4)}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "  curency: CNY\n",
            "linen: line 5: currency: Field required; line 8: curency: no such key (did you mean `currency`?)",
        ),
        (
            "  currency: CNY\n  ended_ad_accounts: {zhitongche: soon}\n",
            "linen: line 9: ended_ad_accounts.zhitongche: Input should be a",
        ),
        (
            "  currency: CNY\n  ended_ad_accounts:\n    wanxiang: 2026-11-04\n    zhitongce: 2026-11-04\n",
            "linen: line 11: ended_ad_accounts.zhitongce: no such ad account (did you mean `zhitongche`?); there are "
            "amazon_ads, google_ads, jingzhuntong, jingzhuntong_whole_site, meta, pinduoduo, qianchuan, "
            "qianchuan_live, qianchuan_standard, tiktok_ads, wanxiang, wanxiang_old, yinlimofang, zhitongche",
        ),
        ("  currency: RMB\n", "linen: line 8: currency: `RMB` is not an ISO 4217 currency code (did you mean `CNY`?)"),
        ("  currency: ¥\n", "linen: line 8: currency: `¥` is not an ISO 4217 currency code (did you mean `CNY`?)"),
        ("  currency: usd\n", "linen: line 8: currency: `usd` is not an ISO 4217 currency code (did you mean `USD`?)"),
        (
            "  currency: CNY\n  targets:\n    roas: 3\n    pay_convertion: 0.02\n",
            "linen: line 11: targets.pay_convertion: unknown KPI `pay_convertion` (did you mean `pay_conversion`?)",
        ),
        (
            "  currency: CNY\n  timezone: Asia/Shangai\n",
            "linen: line 9: timezone: unknown time zone `Asia/Shangai` (did you mean `Asia/Shanghai`?)",
        ),
        (
            "  currency: CNY\nsilk: {title: Silk, platform: shopfy, currency: USD}\n",
            "silk: line 9: platform: unknown platform `shopfy` (did you mean `shopify`?)",
        ),
        ("  currency: CNY\nsilk:\n", "silk: line 9: write keys with their values"),
    ],
)
def test_what_is_wrong_is_said_with_its_shop_and_line(more: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError) as error:
        shops(tmp_path, more)
    assert said in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "shops.yaml"))


@pytest.mark.parametrize(
    ("stock_of", "said"),
    [
        ("tee", "linen: line 9: stock_of: name another shop of the file, not `tee` (did you mean `tea`?)"),
        ("linen", "linen: line 9: stock_of: name another shop of the file, not `linen`"),
        ("dollars", "linen: line 9: stock_of: `dollars` sells in USD, this shop in CNY"),
        ("pots", "linen: line 9: stock_of: `pots` is in the shard north, this shop in main"),
        ("cups", "linen: line 9: stock_of: `cups` has no stock lists of its own: name `tea`"),
    ],
)
def test_a_shop_names_the_shop_whose_stock_it_sells(stock_of: str, said: str, tmp_path: Path) -> None:
    others = (
        "dollars: {title: Dollars, platform: shopify, currency: USD}\n"
        "cups: {title: Cups, platform: tmall, currency: CNY, stock_of: tea}\n"
        "pots: {title: Pots, platform: tmall, currency: CNY, shard: north}\n"
    )
    with pytest.raises(DeclarationError) as raised:
        shops(tmp_path, f"  currency: CNY\n  stock_of: {stock_of}\n{others}")
    assert said in str(raised.value)
