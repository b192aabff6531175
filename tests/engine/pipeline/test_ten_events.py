"""Ten events that must never pass silently, in one shop of each platform: who is notified on the next morning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from pydantic import SecretStr
from sqlalchemy.orm import Session

from files import drop
from platform_shops import EXPORTS, WHERE, files_of
from shop_history import CAMPAIGNS, DAYS, NIGHT, PRICE, PRODUCTS, SKUS, WEEKS, History, Order, ordinary
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.i18n import words
from shopwatch.core.settings import Settings
from shopwatch.notify.digest import pending_digests
from shopwatch.notify.message import Digest
from shopwatch.pipeline import judge_night
from shopwatch.store.tables import open_store
from shopwatch.warehouse.connections import read_shop_warehouse
from warehouses import notify_team, take_in
from watching import include_with

LAST_WEEK, WEEK_BEFORE = WEEKS[-1], WEEKS[-2]
TEAMS = ["运营", "商品", "推广", "客服", "仓储"]


def sales_stop(history: History) -> None:
    history.orders = [one for one in history.orders if one.day != NIGHT]


def refunds_double(history: History) -> None:
    number = {day: place for place, day in enumerate(LAST_WEEK)}
    history.orders = [
        one._replace(refunded=PRICE) if one.day in number and number[one.day] in (2, 5) and one.number % 5 == 0 else one
        for one in history.orders
    ]


def refunds_double_below_the_limit(history: History) -> None:
    """Of 350 orders a week 10 are refunded (3%), in the last one at least 20 (6%)."""
    history.orders = [
        Order(number, day, PRICE if number % (17 if day in LAST_WEEK else 35) == 0 else 0)
        for number, day in enumerate(day for day in DAYS for _ in range(50))
    ]


def product_sells_out(history: History) -> None:
    history.stock = [row for row in history.stock if row.day != NIGHT or row.sku != SKUS[0]]


def campaign_sells_nothing(history: History) -> None:
    history.ads = [
        row._replace(revenue=0) if row.campaign == CAMPAIGNS[0] and row.day in LAST_WEEK else row for row in history.ads
    ]


def conversion_falls(history: History) -> None:
    """Two weeks below 1%, and between them one without the export."""
    history.traffic = [
        row._replace(buyers=1) if row.product == PRODUCTS[0] and row.day in (*WEEKS[-3], *LAST_WEEK) else row
        for row in history.traffic
        if row.day not in WEEK_BEFORE
    ]


def sessions_buy_little(history: History) -> None:
    """As `conversion_falls`, of a shop whose reports count sessions."""
    history.visits = [
        row._replace(visitors=3 * row.visitors) if row.day in (*WEEKS[-3], *LAST_WEEK) else row
        for row in history.visits
        if row.day not in WEEK_BEFORE
    ]


def visitors_halve(history: History) -> None:
    history.visits = [
        row._replace(visitors=row.visitors // 2) if row.day in LAST_WEEK else row for row in history.visits
    ]


def exports_stay_away(history: History) -> None:
    history.end(NIGHT - timedelta(days=2))


def half_an_export(history: History) -> None:
    """Of 25 orders a day, the last day's end after 10."""
    orders = [one._replace(number=5 * one.number + part) for one in history.orders for part in range(5)]
    history.orders = [one for one in orders if one.day != NIGHT or one.number % 25 < 10]


def cost_in_fen(history: History) -> None:
    history.prices = [
        row._replace(cost=100 * row.cost) if row.product == PRODUCTS[1] else row for row in history.prices
    ]


def price_in_fen(history: History) -> None:
    history.prices = [
        row._replace(everyday=100 * row.everyday) if row.product == PRODUCTS[2] else row for row in history.prices
    ]


def prices_cross(history: History) -> None:
    history.prices = [row._replace(campaign=120) if row.product == PRODUCTS[3] else row for row in history.prices]


def folder_stays_empty(history: History) -> None:
    history.end(WEEK_BEFORE[-1])


ALL = ("orders", "refunds", "traffic", "visits", "ads", "stock", "prices")
SHOPS: dict[str, tuple[Sequence[str], int, Sequence[Callable[[History], None]]]] = {
    "calm": (ALL, 7, ()),
    "troubled": (
        ALL,
        70,
        (
            refunds_double,
            product_sells_out,
            campaign_sells_nothing,
            conversion_falls,
            visitors_halve,
            cost_in_fen,
            price_in_fen,
            prices_cross,
        ),
    ),
    "returned": (("orders", "refunds"), 70, (refunds_double_below_the_limit,)),
    "stopped": (("orders",), 70, (sales_stop,)),
    "late": (("orders", "traffic", "visits", "stock"), 3, (exports_stay_away,)),
    "half": (("orders",), 70, (half_an_export,)),
    "browsed": (("orders", "visits"), 21, (sessions_buy_little,)),
    "emptied": (("orders", "traffic", "visits"), 3, (folder_stays_empty,)),
    "empty": ((), 0, ()),
}
"""Shop -> the kinds of its exports, how many days its reports tell, and what happens in it.

What concerns a product or a campaign happens in one shop, each to its own, so that a night judges all.
"""


class Told(NamedTuple):
    """Which mail tells of an event: of which shop of SHOPS, to which team, naming which rule or export."""

    shop: str
    team: str
    title: str


NO_EXPORT = "no contract reads an export of this kind of the platform (docs/exports.md)"
ORDERS = {
    "tmall": "天猫订单列表",
    "jd": "京东订单",
    "doudian": "抖店订单",
    "pinduoduo": "拼多多订单",
    "shopify": "Shopify 订单",
    "amazon": "亚马逊订单",
}
TRAFFIC = {
    "tmall": "生意参谋 商品_全部",
    "jd": "京东商智 商品明细",
    "doudian": "抖音电商罗盘 商品列表",
    "pinduoduo": "拼多多 商品数据",
    "shopify": "GA4 流量获取",
    "amazon": "亚马逊业务报告",
}
SESSIONS = ("shopify", "amazon")
"""Platforms whose reports count sessions, of the whole shop, and no visitors; and no pieces paid by product."""
STOCK = dict.fromkeys(EXPORTS, "聚水潭 库存") | {"tmall": "旺店通 库存"}


def of_export(shop: str, team: str, titles: dict[str, str]) -> dict[str, Told]:
    return {platform: Told(shop, team, title) for platform, title in titles.items()}


def of_rule(shop: str, team: str, title: str) -> dict[str, Told]:
    return dict.fromkeys(EXPORTS, Told(shop, team, title))


TEN: dict[str, tuple[dict[str, Told], dict[str, str]]] = {
    "1 sales stop": (of_rule("stopped", "运营", "没有订单"), {}),
    "2 refunds double": (of_rule("troubled", "运营", "退款偏多"), {}),
    "2 refunds double below 10%": (of_rule("returned", "运营", "退款翻倍"), {}),
    "3 a product sells out and leaves the list": (of_rule("troubled", "商品", "库存预警"), {}),
    "4 a campaign spends without sales": (
        of_rule("troubled", "推广", "投产比过低") | {"doudian": Told("troubled", "推广", "素材投产比过低")},
        {},
    ),
    "5 conversion is below 1% for two weeks, a missing one between": (
        of_rule("troubled", "运营", "支付转化率过低")
        | dict.fromkeys(SESSIONS, Told("browsed", "运营", "会话转化率过低")),
        {},
    ),
    "6 visitors fall by half": (
        of_rule("troubled", "运营", "访客大减") | dict.fromkeys(SESSIONS, Told("troubled", "运营", "会话大减")),
        {"pinduoduo": NO_EXPORT},
    ),
    "7 orders stay away": (of_export("late", "运营", ORDERS), {}),
    "7 traffic stays away": (of_export("late", "运营", TRAFFIC), {}),
    "7 stock stays away": (of_export("late", "商品", STOCK), {}),
    "8 half of the rows": (of_rule("half", "数据", "行数过少"), {}),
    "9 a cost is wrong": (
        of_rule("troubled", "商品", "毛利率过低") | dict.fromkeys(SESSIONS, Told("troubled", "商品", "价格倒挂")),
        {},
    ),
    "9 a price is wrong": (of_rule("troubled", "商品", "价格倒挂"), {}),
    "10 no orders come any more": (of_export("emptied", "运营", ORDERS), {}),
    "10 no traffic comes any more": (of_export("emptied", "运营", TRAFFIC), {}),
    "10 nothing ever came": (of_rule("empty", "数据", "店铺没有报表"), {}),
}
"""What happens -> what each platform's shop is told, and why it is not, where it is not."""
QUICK = ("tmall",)


def shops_of(platform: str) -> dict[str, tuple[Sequence[str], int, Sequence[Callable[[History], None]]]]:
    """Of SHOPS those of which some event is told."""
    told = {expected[platform].shop for expected, _ in TEN.values()}
    return {name: shop for name, shop in SHOPS.items() if name in told or name == "calm"}


class Morning(NamedTuple):
    """Of each team, what it is told and the text of its mail."""

    digests: dict[str, Digest]
    mails: dict[str, str]


def night_of(home: Path, platforms: Sequence[str]) -> Morning:
    """One night of all the shops of some platforms."""
    routes = [
        {"team": team, "owners": [team], "language": "zh", "to": ["a@example.com"], "most": 900} for team in TEAMS
    ]
    routes.append({"team": "数据", "data": True, "language": "zh", "to": ["data@example.com"], "most": 900})
    settings = Settings(
        home=home,
        include=include_with(home, routes=as_yaml(routes)),
        settle_seconds=0,
        pseudonym_key=SecretStr("of no installation"),
    )
    shops = {}
    of_platforms = [(platform, *shop) for platform in platforms for shop in shops_of(platform).items()]
    for platform, shop, (kinds, days, events) in of_platforms:
        name = f"{platform}_{shop}"
        currency, timezone = WHERE.get(platform, ("CNY", "Asia/Shanghai"))
        shops[name] = {"title": name, "platform": platform, "currency": currency, "timezone": timezone}
        history = ordinary()
        for event in events:
            event(history)
        history.only_last_days(days)
        for file, content in files_of(platform, history, kinds):
            drop(settings, f"{name}/{file}", content, f"{history.last + timedelta(days=1)}T22:00:00")
    (home / "shops.yaml").write_text(as_yaml(shops), "utf-8")
    take_in(settings)
    judge_night(settings, NIGHT)
    with open_store(settings) as engine, read_shop_warehouse(settings) as con, Session(engine) as session:
        digests = {talk.team.team: talk.digest for talk in pending_digests(session, con, Catalog(settings), NIGHT)}
    for team in digests:
        notify_team(settings, team, NIGHT)
    mails = {team: home / "outbox" / f"{NIGHT}-{team}.eml" for team in digests}
    return Morning(digests, {team: plain_text(path) for team, path in mails.items() if path.exists()})


def as_yaml(content: object) -> str:
    return str(yaml.safe_dump(content, allow_unicode=True))


def plain_text(path: Path) -> str:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content())


SLOW = [name for name in EXPORTS if name not in QUICK]
TOGETHER = 3
"""Platforms of one night: the mail about more of them would be shortened."""


@pytest.fixture(scope="module")
def mornings(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Morning]:
    """The morning that tells of a platform; made when it is first asked for."""

    @cache
    def of(platforms: tuple[str, ...]) -> Morning:
        return night_of(tmp_path_factory.mktemp("ten"), platforms)

    groups = [tuple(QUICK), *(tuple(SLOW[at : at + TOGETHER]) for at in range(0, len(SLOW), TOGETHER))]
    return lambda platform: of(next(group for group in groups if platform in group))


@pytest.fixture
def morning(mornings: Callable[[str], Morning], platform: str) -> Morning:
    return mornings(platform)


PLATFORMS = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in EXPORTS]


def news_of(digest: Digest, shop: str) -> dict[str, str]:
    """Titles of the rules, exports and notes that are news of a shop, each with the words that the mail has for it."""
    cards = {card.rule: card.metric_title for card in digest.cards if card.shop == shop and card.is_news}
    say = words(Settings().include, "zh")
    notes = {say(note.kind): note.file for note in digest.notes if note.shop == shop}
    return cards | notes | {late.export: late.export for late in digest.late if late.shop_title == shop}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("event", TEN)
def test_the_right_team_is_reported_the_next_morning(morning: Morning, event: str, platform: str) -> None:
    expected, silent = TEN[event]
    told = expected[platform]
    shop = f"{platform}_{told.shop}"
    news = news_of(morning.digests[told.team], shop)
    if platform in silent:
        assert told.title not in news, "it is told by now: take it out of the table"
        pytest.skip(silent[platform])
    assert told.title in news
    blocks = morning.mails[told.team].split("\n\n")
    assert any(shop in block and news[told.title] in block for block in blocks), "the mail does not show it"


WITHOUT_SHIPPING_TIMES = {"tmall", "jd", "doudian", "amazon"}
"""Platforms whose exports here have none, so that late shipments are blocked."""


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_ordinary_shop_is_quiet(morning: Morning, platform: str) -> None:
    shop = f"{platform}_calm"
    for digest in morning.digests.values():
        assert not news_of(digest, shop)
        blocked = {rule for one in digest.blocked if one.shop_title == shop for rule in one.rules}
        assert blocked <= ({"发货超时偏多"} if platform in WITHOUT_SHIPPING_TIMES else set())
        assert shop not in {one.shop for one in digest.notes}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_day_without_orders_is_no_late_export(morning: Morning, platform: str) -> None:
    assert news_of(morning.digests["运营"], f"{platform}_stopped").keys() == {"没有订单"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_wrong_price_is_reported(morning: Morning, platform: str) -> None:
    """A cost in fen, a price in fen, and a campaign price above the others."""
    cards = [card for card in morning.digests["商品"].cards if card.shop == f"{platform}_troubled"]
    assert {card.entity for card in cards if card.rule == "价格倒挂"} == set(PRODUCTS[1:])
