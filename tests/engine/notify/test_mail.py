"""The mail of a digest as its reader gets it: bytes parsed back, both parts, pictures, headers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from html.parser import HTMLParser

import pytest

from shopwatch.charts.history import HistoryPoint, Verdict
from shopwatch.core.i18n import Language
from shopwatch.core.settings import PROJECT
from shopwatch.notify.mail import COLOURS, LARGEST, render
from shopwatch.notify.message import BlockedRule, Card, DataNote, Digest

INCLUDE = PROJECT / "include"
NIGHT, W46 = date(2026, 11, 15), date(2026, 11, 9)
SHOP = "青禾茶具旗舰店（演示）"
HOSTILE = "<script>alert(1)</script>\u202e\u2066 مرحبا 😀\r\nBcc: x@example.com\n" + "长" * 300 + "W" * 200


def history(last: date, step: timedelta, *points: tuple[float | None, Verdict]) -> tuple[HistoryPoint, ...]:
    return tuple(HistoryPoint(last - step * (len(points) - 1 - n), *point) for n, point in enumerate(points))


CONVERSION = Card(
    key="c1",
    rule="支付转化率过低",
    news="new",
    severity="warning",
    shop="qinghe",
    shop_title=SHOP,
    entity_type="product",
    entity="710000001005",
    name="宜兴紫砂壶 石瓢",
    metric="pay_conversion",
    metric_title="支付转化率",
    unit="share",
    breach="below",
    threshold=0.01,
    value=5 / 640,
    numerator=Decimal("5.0000"),
    denominator=Decimal("640.0000"),
    numerator_title="支付买家数",
    denominator_title="访客数",
    grain="week",
    since=date(2026, 11, 2),
    period=W46,
    history=history(
        W46,
        timedelta(weeks=1),
        (0.0192, "ok"),
        (None, "blocked"),
        (None, "no_data"),
        (0.0063, "breach"),
        (5 / 640, "breach"),
    ),
    at_stake=Decimal("12400.00"),
    at_stake_title="按本店目标转化率本可多得的成交额",
    currency="CNY",
    owner="运营",
    message="连续两周支付转化率低于 1%",
    action="优化主图和详情页，或设清仓价",
    manual="3 商品管理 · 每周优化",
)
ROAS = replace(
    CONVERSION,
    key="r1",
    entity_type="campaign",
    entity="60010000002",
    name="演示-关键词-紫砂壶",
    metric="roas",
    parts_unit="money",
    metric_title="投入产出比",
    unit="ratio",
    threshold=3.0,
    value=2.1,
    numerator=Decimal("1764.00"),
    denominator=Decimal("840.50"),
    numerator_title="总成交金额",
    denominator_title="花费",
    since=W46,
    history=history(W46, timedelta(weeks=1), (3.4, "ok"), (2.1, "breach")),
    at_stake=Decimal("756.50"),
    at_stake_title="距目标投产比缺少的成交额",
    owner="推广",
    message="一周投入产出比低于 1:3",
    action="降低出价或暂停低效计划",
    manual="4 营销推广 · 付费流量",
)
STOCK = replace(
    CONVERSION,
    key="s1",
    severity="critical",
    entity_type="sku",
    entity="QH-TEA-016-01",
    name="茶叶罐 陶瓷密封罐",
    metric="available_stock",
    metric_title="可用库存",
    unit="pieces",
    breach="at_most",
    threshold=10.0,
    value=7.0,
    numerator=Decimal("7"),
    denominator=Decimal("31"),
    numerator_title="可用库存",
    denominator_title="近7天售出件数",
    grain="day",
    since=NIGHT,
    period=NIGHT,
    history=history(NIGHT, timedelta(days=1), (14, "ok"), (12, "ok"), (7, "breach")),
    at_stake=Decimal("2024.00"),
    at_stake_title="近7天该货号的成交额",
    owner="商品",
    message="可用库存已到补货线",
    action="尽快补货",
    manual="3 商品管理 · 库存预警",
)
OPEN = replace(
    STOCK,
    key="s2",
    news="open",
    change="due",
    entity="MM-TEX-010-01",
    name="全棉四件套",
    since=date(2026, 11, 13),
    value=4.0,
)
RESOLVED = replace(CONVERSION, key="c2", news="resolved", entity="720000002014", value=15 / 620, at_stake=None)
BLOCKED = BlockedRule(
    ("支付转化率过低",), "木棉家纺专营店（演示）", "支付转化率", "week", W46, 32, "缺 商品_全部 的数据：2026-11-12"
)
BROKEN = DataNote("mumian", "ExportOrderList.csv", "quarantined", "", 4, ("第 9 行, 买家应付货款 “一百二”: 不是金额",))
REJECTED = DataNote("qinghe", "报表(3).csv", "rejected", "unknown headers", 0, ())
DIGEST = Digest(
    "运营",
    "zh",
    NIGHT,
    ("operations@example.com", "boss@example.com"),
    (CONVERSION, STOCK, ROAS, OPEN, RESOLVED),
    (BLOCKED,),
    (BROKEN, REJECTED),
)
NUMBERS = {
    "c1": ["710000001005", "0.78%", "1%", "支付买家数 5 / 访客数 640", "¥12,400", "11-02", "0.63%"],
    "r1": ["60010000002", "2.10", "1:2.10", "3", "总成交金额 ¥1,764 / 花费 ¥840.50", "¥756.50", "3.40"],
    "s1": ["QH-TEA-016-01", "7", "10", "可用库存 7 · 近7天售出件数 31", "¥2,024", "2026-11-15", "14", "12"],
    "s2": ["MM-TEX-010-01", "4", "10", "11-13"],
    "c2": ["720000002014", "2.42%", "1%"],
}


class Reader(HTMLParser):
    """The text that a reader sees, and the pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.images: list[dict[str, str]] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "img":
            self.images.append({name: value or "" for name, value in attrs})
            self.text.append(self.images[-1]["alt"])

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style":
            self.text.append(data)


def sent(digest: Digest) -> EmailMessage:
    """The mail, through its bytes."""
    return message_from_bytes(render(digest, INCLUDE, "shopwatch <shopwatch@localhost>").as_bytes(), policy=default)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def read(mail: EmailMessage) -> Reader:
    reader = Reader()
    reader.feed(part(mail, "html"))
    return reader


def html_text(mail: EmailMessage) -> str:
    return re.sub(r"\s+", " ", "".join(read(mail).text))


@cache
def usual() -> EmailMessage:
    return sent(DIGEST)


def many(count: int, **changes: object) -> tuple[Card, ...]:
    return tuple(replace(CONVERSION, key=f"m{n}", entity=str(7_100_000 + n), **changes) for n in range(count))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["html", "plain"])
def test_every_number_of_every_card_stands_in_both_parts(kind: str) -> None:
    text = html_text(usual()) if kind == "html" else re.sub(r"\s+", " ", part(usual(), "plain"))
    for numbers in NUMBERS.values():
        for number in numbers:
            assert number in text
    for card in DIGEST.cards:
        assert card.name in text
    for card in DIGEST.news("new"):
        for said in (card.action, card.manual, card.owner, card.message, card.at_stake_title, card.shop_title):
            assert said in text
    for said in (
        "缺 商品_全部 的数据：2026-11-12",
        "32",
        "ExportOrderList.csv",
        "4 行",
        "一百二",
        "unknown headers",
        "严重",
        "警告",
    ):
        assert said in text


def test_the_first_words_say_what_to_do() -> None:
    lines = part(usual(), "plain").splitlines()
    assert lines[0] == "运营 · 2026-11-15 周日 夜间巡检"
    assert lines[2] == "今早要处理 3 项新预警"
    assert lines[3].startswith("涉及金额 ¥17,204.50")
    assert "1. 优化主图和详情页，或设清仓价" in lines


def test_sections_stand_in_order() -> None:
    for text in (html_text(usual()), part(usual(), "plain")):
        places = [text.rindex(head) for head in ("新增预警", "仍未解决", "未判断不等于", "部分行已隔离")]
        assert places == sorted(places)


def test_nothing_is_said_twice_or_left_blank() -> None:
    text = part(usual(), "plain")
    assert "\n\n\n" not in text
    assert "None" not in text
    assert not re.search(r"[{}]|\s$", text.rstrip("\n"))


def test_headers() -> None:
    mail = usual()
    assert re.fullmatch(r"<shopwatch-2026-11-15-[0-9a-f]{12}@shopwatch>", mail["Message-ID"])
    assert mail["Date"].datetime.isoformat() == "2026-11-16T08:00:00+08:00"
    assert mail["From"] == "shopwatch <shopwatch@localhost>"
    assert mail["To"] == "operations@example.com, boss@example.com"
    assert mail["X-Shopwatch-Night"] == "2026-11-15"
    assert mail["X-Shopwatch-Team"] == "运营"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_same_digest_gives_the_same_bytes() -> None:
    one, two = (render(DIGEST, INCLUDE, "a <a@example.com>") for _ in range(2))
    assert one.as_bytes() == two.as_bytes()
    assert one["Message-ID"] != render(replace(DIGEST, team="推广"), INCLUDE, "a <a@example.com>")["Message-ID"]


def test_structure_and_pictures() -> None:
    mail = usual()
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "multipart/related"]
    images = read(mail).images
    attached = {p["Content-ID"][1:-1]: p for p in mail.walk() if p.get_content_maintype() == "image"}
    assert [image["src"] for image in images] == [f"cid:{cid}" for cid in attached]
    assert len(images) == 3
    for image, attachment in zip(images, attached.values(), strict=True):
        assert image["alt"].startswith("近 ")
        assert attachment.get_content_disposition() == "inline"
        assert attachment.get_content().startswith(b"\x89PNG")
    assert "10-19 受阻" in images[0]["alt"]
    assert "10-26 无数据" in images[0]["alt"]


def test_nothing_needs_the_network_or_runs() -> None:
    html = part(usual(), "html")
    assert not re.search(r"https?://|url\(|@import|javascript:", html)
    reader = read(usual())
    assert not reader.tags & {"script", "link", "iframe", "form", "object"}
    assert not {name for name in reader.attributes if name.startswith("on")}
    assert '<html lang="zh-CN">' in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_names_show_as_text(language: Language) -> None:
    named = replace(CONVERSION, name=HOSTILE, shop_title=HOSTILE, entity=HOSTILE, message=HOSTILE, action=HOSTILE)
    digest = replace(
        DIGEST,
        language=language,
        cards=(named, replace(named, key="o", news="open"), replace(named, key="r", news="resolved")),
        blocked=(replace(BLOCKED, reason=HOSTILE, shop_title=HOSTILE),),
        notes=(replace(BROKEN, file=HOSTILE, reason=HOSTILE, shop=HOSTILE, examples=(HOSTILE,) * 9),),
    )
    mail = sent(digest)
    reader = read(mail)
    assert "script" not in reader.tags
    assert mail["Bcc"] is None
    for text in (html_text(mail), part(mail, "plain")):
        assert "<script>alert(1)</script>" in text
        assert "😀" in text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\r]", text)
        assert "长" * 250 not in text
    assert not re.search(r"^\s*Bcc:", part(mail, "plain"), re.MULTILINE)


@pytest.mark.slow
def test_hundreds_of_hostile_things_still_make_a_small_mail() -> None:
    cards = many(300, name=HOSTILE, shop_title=HOSTILE, action=HOSTILE, metric_title=HOSTILE, manual=HOSTILE)
    notes = (replace(BROKEN, file=HOSTILE, reason=HOSTILE, examples=(HOSTILE,) * 20),) * 100
    digest = replace(DIGEST, language="en", cards=cards, notes=notes, blocked=(BLOCKED,) * 100)
    assert len(sent(digest).as_bytes()) < LARGEST


def test_a_team_cannot_add_headers() -> None:
    mail = sent(replace(DIGEST, team="运营\r\nBcc: x@example.com\r\n\r\nhello"))
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("[严重 1] 运营 Bcc: x@example.com hello · 新增 3 项")


def test_unknown_numbers_are_dashes_and_unknown_kinds_are_named() -> None:
    card = replace(CONVERSION, value=None, numerator=None, denominator=None, at_stake=None, entity_type="basket")
    mail = sent(replace(DIGEST, cards=(card,)))
    for text in (html_text(mail), part(mail, "plain")):
        assert "—" in text
        assert "暂无法估算" in text
        assert "basket 710000001005" in text
        assert "None" not in text


def test_a_team_with_only_file_problems() -> None:
    mail = sent(replace(DIGEST, team="Data", language="en", cards=(), blocked=()))
    assert mail["Subject"] == "Data · 2 file problems"
    text = part(mail, "plain")
    assert "Nothing new; 2 files to correct" in text
    assert "Correct it and drop it into the inbox of" in text
    assert not read(mail).images


def test_english() -> None:
    english = replace(
        CONVERSION, metric_title="pay conversion", numerator_title="paying buyers", action="rework the image"
    )
    mail = sent(replace(DIGEST, team="Operations", language="en", cards=(english,)))
    assert '<html lang="en">' in part(mail, "html")
    assert "1 new alert to act on this morning" in (text := part(mail, "plain"))
    assert "Pay conversion 0.78%, below the limit of 1%" in text
    assert "paying buyers 5" in text
    assert "2026-W46 (11-09 – 11-15)" in text
    assert "Rework the image" in text


def test_no_other_colours_are_used() -> None:
    declared = {colour for look in COLOURS.values() for colour in look.values()}
    assert set(re.findall(r"#[0-9a-f]{6}\b", part(usual(), "html"))) == declared
