"""Decisions that are taken on a page: by whom, what becomes of them, and which forms are believed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from shop import browser, rewrite, token_of
from sqlalchemy import select
from sqlalchemy.orm import Session
from test_alert import GAP, key_of

from night_tools import mails_of
from shopwatch.core.settings import Settings
from shopwatch.store.decisions import Silence
from shopwatch.store.tables import Decision, open_store
from warehouses import judge_and_tell

TOMORROW = date.today() + timedelta(days=1)
REASON = {"reason": "供应商停产", "plan": "换款"}


def decisions(settings: Settings) -> list[Decision]:
    with open_store(settings) as engine, Session(engine, expire_on_commit=False) as session:
        return list(session.scalars(select(Decision).order_by(Decision.at)))


def send(reader: TestClient, form: str, key: str, **values: Any) -> Response:
    """Open the alert's page, fill its form in and send it."""
    token = token_of(reader.get(f"alert?key={key}").text)
    return reader.post(form, data={"token": token, "key": key, **values})


def test_an_acknowledgement_carries_the_users_name_and_is_shown(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    answer = send(reader, "acknowledge", key, **REASON)
    assert (answer.status_code, answer.headers["location"]) == (303, f"alert?key={key}&saved=1#decisions")
    (decision,) = decisions(settings)
    assert (decision.kind, decision.alert_key, decision.by) == ("acknowledge", key, "lilei")
    page = reader.get(f"alert?key={key}&saved=1").text
    assert "Saved." in page
    assert "lilei acknowledged it" in page
    assert "供应商停产 · Plan: 换款" in page


@pytest.mark.slow
def test_the_next_digest_shows_who_acknowledged_it(settings: Settings) -> None:
    send(browser(settings), "acknowledge", key_of(settings, GAP), **REASON)
    for old in settings.outbox.glob("*.eml"):
        old.unlink()
    (settings.inbox / "qinghe" / "生意参谋_商品.pdf").write_bytes(b"%PDF-1.7")
    judge_and_tell(settings, date(2026, 11, 23))
    bodies = [mail.get_body(("plain",)).get_content() for mail in mails_of(settings.home).values()]
    assert any("lilei" in body and "供应商停产" in body for body in bodies)


def test_a_silence_covers_what_was_chosen_and_can_be_lifted(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    send(reader, "silence", key, what="entity", until=TOMORROW, reason="大促后再看")
    (decision,) = decisions(settings)
    assert (decision.kind, decision.by) == ("silence", "lilei")
    assert f'"rule":"*","shop":"qinghe","entity":"{GAP}","until":"{TOMORROW}"' in (decision.matcher or "")
    page = reader.get(f"alert?key={key}").text
    assert f"lilei silenced it until {TOMORROW}" in page
    assert key in reader.get("today").text.split('id="quiet"')[1]
    send(reader, "lift", key, decision=decision.key)
    assert [one.kind for one in decisions(settings)] == ["silence", "lift"]
    assert "lilei lifted the silence" in reader.get(f"alert?key={key}").text
    assert 'id="quiet"' not in reader.get("today").text


@pytest.mark.slow
def test_an_acknowledgement_can_be_taken_back_and_given_again(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    send(reader, "acknowledge", key, **REASON)
    assert key in reader.get("today").text.split('id="acknowledged"')[1]
    (decision,) = decisions(settings)
    send(reader, "lift", key, decision=decision.key)
    assert [one.kind for one in decisions(settings)] == ["acknowledge", "lift"]
    page = reader.get(f"alert?key={key}").text
    assert page.index("lilei acknowledged it") < page.index("lilei took the decision back")
    assert 'value="' + decision.key not in page
    assert 'id="acknowledged"' not in reader.get("today").text
    send(reader, "acknowledge", key, **REASON)
    assert key in reader.get("today").text.split('id="acknowledged"')[1]


@pytest.mark.slow
def test_a_dismissed_alert_is_neither_to_do_nor_acknowledged(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    send(reader, "dismiss", key, reason="下架商品")
    page = reader.get("today").text
    assert 'id="acknowledged"' not in page
    assert key in page.split('id="quiet"')[1]
    assert "lilei dismissed it" in reader.get(f"alert?key={key}").text
    send(reader, "lift", key, decision=decisions(settings)[0].key)
    assert 'id="quiet"' not in reader.get("today").text


def test_a_comment_stands_in_the_history_and_changes_nothing_else(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    before = reader.get("today").text.count(key)
    send(reader, "comment", key, reason="供应商周三回复 <b>")
    page = reader.get(f"alert?key={key}").text
    assert "lilei commented" in page
    assert "供应商周三回复 &lt;b&gt;" in page
    assert reader.get("today").text.count(key) == before


def test_the_same_comment_can_be_made_twice_and_a_form_sent_twice_counts_once(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    for _ in range(2):
        page = reader.get(f"alert?key={key}").text
        form = {"token": token_of(page), "key": key, "reason": "已催供应商"}
        form["form"] = re.findall(r'name="form" value="([0-9a-f]+)"', page)[0]
        for _ in range(2):
            assert reader.post("comment", data=form).status_code == 303
    assert [one.kind for one in decisions(settings)] == ["comment", "comment"]


@pytest.mark.slow
def test_an_alert_is_assigned_to_another_department_and_back(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    assert "Merchandise" not in reader.get(f"alert?key={key}").text.split('id="lead"')[0]
    send(reader, "assign", key, owner="商品", reason="主图要换")
    page = reader.get(f"alert?key={key}").text
    assert "lilei assigned it to Merchandise" in page
    assert "· Merchandise ·" in page
    assert key in reader.get("today?owner=Merchandise").text
    send(reader, "lift", key, decision=decisions(settings)[0].key)
    assert [one.kind for one in decisions(settings)] == ["assign", "lift"]
    assert key not in reader.get("today?owner=Merchandise").text
    refused = send(reader, "assign", key, owner="采购", reason="x")
    assert (refused.status_code, "no department is called 采购" in refused.text) == (400, True)


def test_several_alerts_are_assigned_from_their_table(settings: Settings) -> None:
    reader = browser(settings)
    page = reader.get("table?of=alerts&q=QH").text
    keys = re.findall(r'name="key" value="([0-9a-f]+)"', page)
    form = {"token": token_of(page), "query": "of=alerts&q=QH", "owner": "仓储", "reason": "补货", "key": keys}
    answer = reader.post("assign-selected", data=form)
    assert answer.headers["location"] == f"table?of=alerts&q=QH&assigned={len(keys)}"
    assert {(one.alert_key, one.owner) for one in decisions(settings)} == {(key, "仓储") for key in keys}
    assert f"{len(keys)} alerts were assigned." in reader.get(answer.headers["location"]).text


def test_several_alerts_are_acknowledged_from_their_table(settings: Settings) -> None:
    reader = browser(settings)
    page = reader.get("table?of=alerts&q=QH").text
    keys = re.findall(r'name="key" value="([0-9a-f]+)"', page)
    assert len(keys) > 1
    form = {"token": token_of(page), "query": "of=alerts&q=QH", **REASON}
    answer = reader.post("acknowledge-selected", data=form | {"key": [*keys, "nope"]})
    assert (answer.status_code, answer.headers["location"]) == (303, f"table?of=alerts&q=QH&acknowledged={len(keys)}")
    assert {one.alert_key for one in decisions(settings)} == set(keys)
    assert f"{len(keys)} alerts were acknowledged." in reader.get(answer.headers["location"]).text
    assert reader.post("acknowledge-selected", data=form).headers["location"].endswith("acknowledged=0")
    refused = reader.post("acknowledge-selected", data=form | {"key": keys, "reason": " "})
    assert refused.status_code == 400
    assert len(decisions(settings)) == len(keys)


@pytest.mark.parametrize(
    ("what", "patterns"),
    [
        ("this", f'"rule":"conversion_low","shop":"qinghe","entity":"{GAP}"'),
        ("shop", '"rule":"conversion_low","shop":"qinghe","entity":"*"'),
        ("everything", f'"rule":"conversion_low","shop":"qinghe","entity":"{GAP}"'),  # no such choice
    ],
)
def test_a_silence_is_never_wider_than_its_choice(what: str, patterns: str, settings: Settings) -> None:
    send(browser(settings), "silence", key_of(settings, GAP), what=what, until=TOMORROW, reason="x")
    assert patterns in (decisions(settings)[0].matcher or "")


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("form", "values", "why"),
    [
        ("acknowledge", {"reason": "  "}, "needs a name and a reason"),
        ("silence", {"what": "this", "until": "2099-01-01", "reason": "x"}, "until must be between"),
        ("lift", {"decision": "none"}, "nothing to take back with the key"),
    ],
)
def test_what_cannot_be_decided_is_said_on_the_page(
    form: str, values: dict[str, str], why: str, settings: Settings
) -> None:
    answer = send(browser(settings), form, key_of(settings, GAP), **values)
    assert answer.status_code == 400
    assert why in answer.text
    assert decisions(settings) == []


@pytest.mark.slow
def test_it_is_said_in_the_readers_language(settings: Settings) -> None:
    reader = browser(settings, **{"accept-language": "zh-CN"})
    answer = send(reader, "silence", key_of(settings, GAP), what="this", until="2099-01-01", reason="x")
    assert answer.status_code == 400
    assert "静默截止日应在" in answer.text
    assert "until must be" not in answer.text


@pytest.mark.sampled(16)
@pytest.mark.parametrize("form", ["acknowledge", "acknowledge-selected", "dismiss", "comment", "silence", "lift"])
@pytest.mark.parametrize("forged", ["none", "guessed", "of another user", "of another browser", "without the cookie"])
def test_a_forged_form_is_refused(form: str, forged: str, settings: Settings) -> None:
    key = key_of(settings, GAP)
    own, other = browser(settings), browser(settings, "hanmeimei")
    token = token_of(own.get(f"alert?key={key}").text)
    match forged:
        case "none":
            token = ""
        case "guessed":
            token = "0" * 64
        case "of another user":
            other.cookies.update(own.cookies)
            own = other
        case "of another browser":
            own = browser(settings)
            own.get("today")
        case "without the cookie":
            own.cookies.clear()
    values = {"what": "this", "until": str(TOMORROW), "decision": "x", **REASON}
    answer = own.post(form, data={"token": token, "key": key, **values})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.text
    assert decisions(settings) == []


def test_what_no_form_of_the_page_sends_is_refused_and_never_an_error(settings: Settings) -> None:
    key = key_of(settings, GAP)
    reader = browser(settings)
    token = token_of(reader.get(f"alert?key={key}").text)
    values = {
        "token": token,
        "key": key,
        "what": "this",
        "until": str(TOMORROW),
        "decision": "\0",
        "owner": "x",
        **REASON,
    }
    assert reader.post("assign-selected", data=values).status_code == 400
    for form in ("acknowledge", "acknowledge-selected", "dismiss", "comment", "silence", "assign", "lift"):
        answer = reader.post(form, data=values | {"reason": "PostgreSQL cannot store \0"})
        assert answer.status_code == 422
    assert decisions(settings) == []


def test_a_decision_about_no_alert_is_not_found(settings: Settings, home: Path) -> None:
    reader = browser(settings)
    token = token_of(reader.get(f"alert?key={key_of(settings, GAP)}").text)
    assert reader.post("acknowledge", data={"token": token, "key": "nope", **REASON}).status_code == 404


def test_whoever_only_sees_gets_no_form_and_none_is_taken_from_them(settings: Settings) -> None:
    key = key_of(settings, GAP)
    send(browser(settings), "silence", key, what="this", until=TOMORROW, reason="大促后再看")
    token = token_of(browser(settings, name="hanmei").get(f"alert?key={key}").text)
    viewer = browser(settings, name="hanmei", **{"x-role": "Viewer"})
    page = viewer.get(f"alert?key={key}").text
    assert 'method="post"' not in page
    assert "You may see this alert" in page
    assert f"lilei silenced it until {TOMORROW}" in page
    (silence,) = decisions(settings)
    forms: dict[str, dict[str, Any]] = {
        "acknowledge": REASON,
        "acknowledge-selected": REASON,
        "dismiss": REASON,
        "comment": REASON,
        "silence": {"what": "this", "until": TOMORROW, "reason": "x"},
        "lift": {"decision": silence.key},
    }
    for form, values in forms.items():
        answer = viewer.post(form, data={"token": token, "key": key, **values})
        assert answer.status_code == 403
        assert "you may view alerts but not decide on them" in answer.text
    assert [one.kind for one in decisions(settings)] == ["silence"]


@pytest.mark.slow
def test_the_last_answer_counts_even_if_it_was_given_before(settings: Settings) -> None:
    reader, key = browser(settings), key_of(settings, GAP)
    for form in ("acknowledge", "acknowledge", "dismiss", "dismiss", "acknowledge"):
        send(reader, form, key, reason="供应商停产")
    assert [one.kind for one in decisions(settings)] == ["acknowledge", "dismiss", "acknowledge"]
    assert key in reader.get("today").text.split('id="acknowledged"')[1]


@pytest.mark.slow
def test_what_was_taken_back_is_taken_back_once(settings: Settings) -> None:
    key = key_of(settings, GAP)
    send(browser(settings), "dismiss", key, reason="下架商品")
    (decision,) = decisions(settings)
    for name in ("lilei", "hanmeimei"):
        assert send(browser(settings, name), "lift", key, decision=decision.key).status_code == 303
    assert [one.kind for one in decisions(settings)] == ["dismiss", "lift"]
    again = send(browser(settings), "lift", key, decision=decisions(settings)[1].key)
    assert again.status_code == 400


@pytest.mark.sampled(4)
@pytest.mark.parametrize("entity", ["*", "茶*", "T[1]", "a?"])
def test_a_silence_of_a_name_with_a_pattern_in_it_covers_that_name(entity: str, settings: Settings) -> None:
    key = key_of(settings, GAP)
    rewrite(settings, f"update ops.alerts set entity = '{entity}' where key = '{key}'")
    send(browser(settings), "silence", key, what="this", until=TOMORROW, reason="x")
    quiet = Silence.model_validate_json(decisions(settings)[0].matcher or "")
    covered = [
        one for one in (entity, "*", "茶", "茶具", "T1", "ab") if quiet.fits("conversion_low", "qinghe", one, TOMORROW)
    ]
    assert covered in ([entity], [entity, entity])


def test_nothing_selected_is_said(settings: Settings) -> None:
    page = browser(settings).get("table?of=alerts&acknowledged=0").text
    assert "0 alerts were acknowledged." in page
    assert "were acknowledged" not in browser(settings).get("table?of=alerts").text
