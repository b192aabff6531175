"""What stands in a chat: the digest in short, whole alerts within each service's limits, and nobody else's links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_mail import CONVERSION, DIGEST, INCLUDE, NIGHT, ROAS, STOCK

from chat_server import SERVICES, ChatServer, chat_server, texts
from shopwatch.core.i18n import Language, words
from shopwatch.core.settings import Settings
from shopwatch.notify.channel import Envelope
from shopwatch.notify.channels.chat import deliver
from shopwatch.notify.chats.texts import inert, inert_markdown
from shopwatch.notify.message import Card, Digest
from shopwatch.notify.notices import post_failure
from shopwatch.notify.summary import from_json, summarize, to_json
from shopwatch.store.outbox import ACCEPTED
from shopwatch.store.tables import OutboxMail, open_store
from watching import include_with

PAGES = "https://airflow.example.com/shopwatch"
HOSTILE = (
    '@all <!channel> <!everyone|x> <@U123> <at id=all></at> <at user_id="all">所有人</at> [领券](https://evil.com/x) '
    "https://evil.com www.evil.com evil.com evil.中国 **b** `c` ~~d~~ "
    "![i](http://evil.com/p.png) \\[x](y) a@evil.com & &lt;"
)


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with pytest.MonkeyPatch.context() as patch, chat_server(patch) as running:
        yield running


def sent(server: ChatServer, service: str, digest: Digest, tmp_path: Path) -> dict[str, Any]:
    """The message as the service took it."""
    summary = to_json(summarize(digest, words(INCLUDE, digest.language)))
    address = f"chat:CHAT_{service.upper()}"
    envelope = Envelope("k", b"", Settings(home=tmp_path), None, summary)
    assert deliver(envelope, [address]) == {address: ACCEPTED}
    return server.received[-1][1]


def linked(digest: Digest) -> Digest:
    cards = tuple(replace(card, link=f"{PAGES}/alert?key={card.key}") for card in digest.cards)
    return replace(digest, cards=cards, link=f"{PAGES}/today")


def many(count: int, base: Card = STOCK, **values: object) -> tuple[Card, ...]:
    return tuple(replace(base, key=f"k{n:03}", entity=f"SKU-{n:03}", **values) for n in range(count))  # type: ignore[arg-type]


def of(service: str, payload: dict[str, Any]) -> str:
    """The text that people see, with the addresses of links and buttons."""
    return "\n".join(texts(payload if service != "slack" else payload["blocks"]))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_subject_comes_first_then_each_alert_with_all_that_one_needs(
    server: ChatServer, service: str, language: Language, tmp_path: Path
) -> None:
    cards = (replace(STOCK, name="茶叶罐"), replace(CONVERSION, name="紫砂壶"), replace(ROAS, name="关键词"))
    digest = linked(replace(DIGEST, language=language, cards=cards, notes=(), blocked=(), held_back="缺 木棉家纺"))
    text = of(service, sent(server, service, digest, tmp_path))
    severities = ["严重", "警告"] if language == "zh" else ["Critical", "Warning"]
    expected = [
        *(("新增 3 项",) if language == "zh" else ("3 new",)),
        "缺 木棉家纺",
        f"{severities[0]} · 茶叶罐",
        "SKU QH-TEA-016-01",
        "青禾茶具旗舰店（演示）",
        "尽快补货",
        "¥2,024",
        "商品",
        f"{PAGES}/alert?key=s1",
        f"{severities[1]} · 紫砂壶",
        f"{PAGES}/alert?key=c1",
        "关键词",
        f"{PAGES}/today",
    ]
    place = text.index("###") if service == "dingtalk" else 0  # its button stands before its text in the payload
    for part in expected:
        if part == f"{PAGES}/today" and service == "dingtalk":
            place = 0
        place = text.find(part, place)
        assert place >= 0, part
    assert "shopwatch" in text.rpartition("?key=r1")[2]  # a keyword that every message has


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("has_pages", [True, False])
def test_a_long_digest_leaves_out_whole_alerts_from_the_end_and_counts_them(
    server: ChatServer, service: str, language: Language, has_pages: bool, tmp_path: Path
) -> None:
    long = "😀长" * 60
    cards = many(120, name=f"{long}", action=f"{long}{long}")
    digest = replace(DIGEST, language=language, cards=cards, most=110, notes=(), blocked=(), held_back=long * 90)
    payload = sent(server, service, linked(digest) if has_pages else digest, tmp_path)
    text = of(service, payload)
    shown = sorted({int(n) for n in re.findall(r"SKU SKU-(\d+)", text)})
    assert shown == list(range(len(shown)))
    assert 0 < len(shown) < 110
    rest = re.search(r"还有 (\d+) 项" if language == "zh" else r"(\d+) more", text)
    assert rest is not None
    assert int(rest[1]) + len(shown) == 120
    assert text.count(long) >= 2 * len(shown)  # no alert is cut
    if has_pages:
        assert sorted(re.findall(r"key=(k\d+)", text)) == [f"k{n:03}" for n in shown]
        assert f"{PAGES}/today" in text
    assert "\ufffd" not in text


@pytest.mark.parametrize("service", SERVICES)
def test_hostile_names_mention_nobody_and_make_no_link(server: ChatServer, service: str, tmp_path: Path) -> None:
    cards = (replace(STOCK, name=HOSTILE, shop_title=HOSTILE, owner=HOSTILE, action=HOSTILE, entity=HOSTILE),)
    digest = linked(replace(DIGEST, team=HOSTILE, cards=cards))
    payload = sent(server, service, digest, tmp_path)
    text = of(service, payload).replace(PAGES, "").replace("http://adaptivecards.io/schemas/adaptive-card.json", "")
    assert not re.search(r"https?:|://|@|www\.|evil\.", text)
    assert "evil" in text
    if service in ("dingtalk", "wecom"):
        body = payload.get("actionCard", payload.get("markdown"))
        markdown = body.get("text", body.get("content"))
        assert set(re.findall(r"\]\(([^)]*)\)", markdown)) <= {f"{PAGES}/alert?key=s1", f"{PAGES}/today"}
        assert not re.search(r"[<>`~]|\\", re.sub(r'<font color="warning">(.*)</font>', r"\1", markdown))
        assert "at" not in payload
    if service in ("feishu", "lark"):
        parsed = [element["text"]["content"] for element in payload["card"]["elements"] if "lark_md" in str(element)]
        names = [re.fullmatch(r"(?:<font color='red'>)?\*\*(.*)\*\*(?:</font>)?", one) for one in parsed]
        assert names
        assert not any(name is None or re.search(r"[\[\]<>*`~|\\]", name[1]) for name in names)
    if service == "slack":
        assert not re.search(r"[<>]", payload["text"])


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_no_text_becomes_a_link_or_a_mention(text: str) -> None:
    for made in (inert(text), inert_markdown(text)):
        assert "://" not in made
        assert "@" not in made
        assert len(made) == len(text)
    assert not re.search(r"[\[\]<>*`~|\\]", inert_markdown(text))


def test_file_names_numbers_and_ids_stay_as_they_are() -> None:
    for text in ("订单(3).xlsx", "1.5 件", "SKU QH_TEA-016_01", "¥15,180.50", "v2.0", "A&B", "3 > 2", "2026-11-15"):
        assert inert_markdown(text) == text.replace(">", "＞")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_notice_without_alerts_comes_by_paragraph_with_links_to_this_server_only(
    server: ChatServer, language: Language, tmp_path: Path
) -> None:
    routes = f"[{{team: Data, data: true, language: {language}, channels: {{chat: [CHAT_WECOM]}}}}]"
    settings = Settings(home=tmp_path / "home", include=include_with(tmp_path, routes=routes), page_url=PAGES)
    log = "https://airflow.example.com/dags/nightly_watch/runs/1"
    error = f"ValueError: x [a](https://evil.com)\nhttps://evil.com/b\n{log}\n" + "y" * 5000
    post_failure(settings, "load", "run", error, NIGHT)
    with open_store(settings) as engine, engine.connect() as connection:
        (content,) = connection.execute(OutboxMail.__table__.select().with_only_columns(OutboxMail.content)).scalars()
    assert deliver(Envelope("k", content, settings, None), ["chat:CHAT_WECOM"]) == {"chat:CHAT_WECOM": ACCEPTED}
    text = server.received[-1][1]["markdown"]["content"]
    assert ("任务 load" if language == "zh" else "Task load") in text
    assert re.findall(r"\]\(([^)]*)\)", text) == [log]


def test_a_long_mail_without_alerts_keeps_its_first_paragraphs(server: ChatServer, tmp_path: Path) -> None:
    """The week of many shops: a block a shop, each with its page."""
    shops = [f"====\n店铺 {n}\n====\n- 成交额：¥{n}\n- 访客：{'长' * 60}\n\n{PAGES}/week?shop={n}\n" for n in range(60)]
    text = "\n".join(("木棉 周复盘", *shops))
    mail = f"Subject: 周复盘\r\nContent-Language: zh\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()
    settings = Settings(home=tmp_path, page_url=PAGES)
    for service in SERVICES:
        address = f"chat:CHAT_{service.upper()}"
        assert deliver(Envelope("k", mail, settings, None), [address]) == {address: ACCEPTED}
        said = of(service, server.received[-1][1])
        shown = [int(n) for n in re.findall(r"店铺 (\d+)", said)]
        assert shown == list(range(len(shown)))
        assert len(shown) > 5
        assert len(re.findall(r"week\?shop=\d+", said)) in (len(shown), len(shown) - 1)
        assert "====" not in said


def test_a_summary_survives_the_outbox() -> None:
    summary = summarize(linked(DIGEST), words(INCLUDE, "zh"))
    assert from_json(to_json(summary)) == summary
    assert summary.omitted == 0
    assert json.loads(to_json(summary))["is_urgent"] is True
