"""Alerts that end without a recovery, or move to another team: teams that knew of one are notified once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.judge.cases import SUNDAY
from shopwatch.judge.explain import NoRuleError, explain
from shopwatch.notify.digest import PendingDigest, pending_digests, record_notified
from shopwatch.notify.mail import render
from shopwatch.store.tables import open_store
from watching import TEAM, Watch, include_with, weeks

ROUTES = """
- {{team: {first}, owners: [{owner}], language: en, to: [a@example.com]}}
- {{team: {second}, owners: [{other}], language: zh, to: [b@example.com]}}
"""
USUAL = ROUTES.format(first=TEAM, owner="运营", second="商品", other="商品")
SWAPPED = ROUTES.format(first=TEAM, owner="商品", second="商品", other="运营")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with open_store(Settings(home=tmp_path / "home")) as engine, Session(engine) as session:
        yield session


def watch_with(session: Session, folder: Path, routes: str = USUAL, **texts: str) -> Watch:
    include = include_with(folder, routes=routes, **texts)
    return Watch(Settings(home=folder / "home", include=include), session)


def without_rule() -> str:
    """The rules of products without the one that is watched."""
    text = (Settings().include / "rules" / "3_products.yaml").read_text("utf-8")
    return re.sub(r"(?ms)^- rule: conversion_low\n.*?(?=^- rule: )", "", text)


def tell(watch: Watch, team: str) -> PendingDigest:
    """The team's digest, recorded as notified."""
    pending = next(one for one in pending_digests(watch.session, watch.con, watch.catalog, SUNDAY, only=team))
    if pending.digest.is_news:
        record_notified(watch.session, team, pending.topics, SUNDAY)
        watch.session.flush()
    return pending


def text_of(watch: Watch, pending: PendingDigest) -> str:
    mail: EmailMessage = render(pending.digest, watch.settings.include, watch.settings.mail_from)
    body = mail.get_body(("plain",))
    assert body is not None
    return f"{mail['Subject']}\n{body.get_content()}"


def test_a_removed_rule_is_reported_once_to_teams_that_knew_its_alert(session: Session, tmp_path: Path) -> None:
    usual = watch_with(session, tmp_path / "usual")
    assert usual.night("0.9 0.9") == [("new", "")]
    key = usual.alert().key
    removed = watch_with(session, tmp_path / "removed", **{"3_products": without_rule()})
    assert removed.night("0.9 0.9") == []
    assert removed.digest is not None
    (ended,) = removed.digest.ended
    assert (ended.reason, ended.rule, ended.names) == ("rule_removed", "conversion_low", ("product-1",))
    mail: EmailMessage = render(removed.digest, removed.settings.include, removed.settings.mail_from)
    assert str(mail["Subject"]) == f"{TEAM} · 1 ended or moved · The shop"
    text = str(mail.get_body(("plain",)))
    assert "the rule conversion_low was removed from the manual or renamed" in text.replace("=\n", "")
    assert removed.night("0.9 0.9") == []
    assert removed.digest is not None
    assert not removed.digest.is_news, "it was told already"
    with pytest.raises(
        NoRuleError, match=r"product-1.*The shop: its rule conversion_low was removed(.|\n)*rule_removed"
    ):
        explain(session, removed.con, removed.catalog, key)

    assert usual.night("0.9 0.9") == [("new", "restored")], "a rule that was put back judges again"
    assert usual.night("0.9 0.9") == []
    assert removed.night("0.9 0.9 0.9", weeks(1)) == []
    assert removed.digest.is_news, "removed again, told again"
    assert [event for event, _ in usual.events()].count("retracted") == 2


@pytest.mark.slow
def test_what_recovered_while_its_rule_was_away_is_no_news(session: Session, tmp_path: Path) -> None:
    usual = watch_with(session, tmp_path / "usual")
    usual.night("0.9 0.9")
    watch_with(session, tmp_path / "removed", **{"3_products": without_rule()}).night("0.9 0.9")
    assert usual.night("0.9 0.9 1.3", weeks(1)) == []


@pytest.mark.slow
def test_a_rule_that_cannot_be_read_ends_nothing(session: Session, tmp_path: Path) -> None:
    watch = watch_with(session, tmp_path)
    watch.night("0.9 0.9")
    assert watch.night("0.9 0.9", held=("conversion_low",)) == []
    assert watch.digest is not None
    assert watch.digest.ended == ()


def test_a_removed_shop_is_reported_and_its_alerts_history_says_so(session: Session, tmp_path: Path) -> None:
    watch = watch_with(session, tmp_path)
    watch.night("0.9 0.9")
    key = watch.alert().key
    watch.judged("", SUNDAY)  # the shop is in no shops.yaml
    watch.told(SUNDAY)
    assert watch.digest is not None
    (ended,) = watch.digest.ended
    assert ended.reason == "shop_removed"
    assert explain(session, watch.con, watch.catalog, key).ended == "shop_removed"


@pytest.mark.slow
def test_an_alert_moves_to_another_team_and_both_hear_so_once(session: Session, tmp_path: Path) -> None:
    usual = watch_with(session, tmp_path / "usual")
    usual.night("0.9 0.9")
    swapped = watch_with(session, tmp_path / "swapped", SWAPPED)
    swapped.judged("0.9 0.9", SUNDAY)
    assert swapped.told(SUNDAY) == []
    assert swapped.digest is not None
    (moved,) = swapped.digest.ended
    assert (moved.reason, moved.teams) == ("moved", ("商品",))
    new = tell(swapped, "商品")
    assert [(card.news, card.change) for card in new.digest.cards] == [("new", "")]
    for team in (TEAM, "商品"):
        assert not tell(swapped, team).digest.is_news

    usual.judged("0.9 0.9", SUNDAY)  # back to the first team
    assert usual.told(SUNDAY) == [("new", "")]
    assert "已移交 运营，今后由该团队接收" in text_of(usual, tell(usual, "商品"))


@pytest.mark.slow
def test_an_alert_that_ends_as_it_moves_is_reported_to_the_team_that_knows_it(session: Session, tmp_path: Path) -> None:
    watch_with(session, tmp_path / "usual").night("0.9 0.9")
    swapped = watch_with(session, tmp_path / "swapped", SWAPPED)
    assert swapped.night("0.9 0.9 1.3", weeks(1)) == [("resolved", "")]
    assert not tell(swapped, "商品").digest.is_news


def test_what_no_team_takes_goes_to_every_team_where_none_looks_after_the_data(
    session: Session, tmp_path: Path
) -> None:
    watch = watch_with(session, tmp_path, ROUTES.format(first=TEAM, owner="商品", second="商品", other="商品"))
    assert watch.night("0.9 0.9") == [("new", "")]
    assert tell(watch, "商品").digest.is_news
