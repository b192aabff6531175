"""An alert that people hand to another department: its team gets it once, and the team before no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from test_ended_alerts import tell, text_of, watch_with

from shopwatch.core.settings import Settings
from shopwatch.judge.cases import SUNDAY
from shopwatch.judge.explain import explain
from shopwatch.notify.news import gather_news
from shopwatch.store.decisions import DecisionError, acknowledge, acknowledgements, assign, assignments, lift
from shopwatch.store.export import export_alerts
from shopwatch.store.tables import open_store
from watching import TEAM, Watch, weeks

DEPARTMENTS = ("运营", "商品")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with open_store(Settings(home=tmp_path / "home")) as engine, Session(engine) as session:
        yield session


@pytest.fixture
def watch(session: Session, tmp_path: Path) -> Watch:
    """The first team knows an open alert of its rule."""
    found = watch_with(session, tmp_path)
    assert found.night("0.9 0.9") == [("new", "")]
    return found


def judge(watch: Watch, series: str, night: date = SUNDAY) -> None:
    """Judge the night and gather its news, of which nobody knows yet."""
    watch.judged(series, night)
    export_alerts(watch.session, watch.con, watch.catalog.include)
    gather_news(watch.session, watch.con)


def test_the_new_owners_team_gets_it_once_and_the_old_one_hears_who_has_it(watch: Watch) -> None:
    key = watch.alert().key
    assign(watch.session, key, "商品", DEPARTMENTS, "林", "换图")
    watch.judged("0.9 0.9", SUNDAY)
    assert watch.told(SUNDAY) == []
    assert watch.digest is not None
    assert [(one.reason, one.teams) for one in watch.digest.ended] == [("moved", ("商品",))]
    new = tell(watch, "商品")
    assert [(card.news, card.key, card.owner) for card in new.digest.cards] == [("new", key, "商品")]
    assert "商品" in text_of(watch, new)
    for team in (TEAM, "商品"):
        assert not tell(watch, team).digest.is_news
    assert explain(watch.session, watch.con, watch.catalog, key).owner == "商品"


@pytest.mark.slow
def test_an_alert_that_a_correction_moves_stays_with_its_new_owner_and_acknowledged(watch: Watch) -> None:
    key = watch.alert().key
    assign(watch.session, key, "商品", DEPARTMENTS, "林", "换图")
    acknowledge(watch.session, key, "周", "新主图", "周五")
    judge(watch, "0.9 0.9")
    tell(watch, TEAM)
    tell(watch, "商品")
    judge(watch, "0.9 0.9 0.9", SUNDAY)  # a week before those known is loaded
    moved = watch.alert().key
    assert moved != key
    assert not tell(watch, "商品").digest.is_news
    assert not tell(watch, TEAM).digest.is_news
    assert assignments(watch.session)[moved].owner == "商品"
    assert acknowledgements(watch.session)[moved].by == "周"
    judge(watch, "! 0.9 0.9", SUNDAY)  # and taken back
    assert watch.alert().key == key
    assert assignments(watch.session)[key].owner == "商品"
    lift(watch.session, key, "周", "弄错了")
    lift(watch.session, key, "林", "弄错了")
    assert not assignments(watch.session)


@pytest.mark.slow
def test_its_end_is_reported_to_the_new_owners_team_alone(watch: Watch) -> None:
    assign(watch.session, watch.alert().key, "商品", DEPARTMENTS, "林", "换图")
    judge(watch, "0.9 0.9")
    tell(watch, TEAM)
    tell(watch, "商品")
    judge(watch, "0.9 0.9 1.3", weeks(1))
    assert [card.news for card in tell(watch, "商品").digest.cards] == ["resolved"]
    assert not tell(watch, TEAM).digest.is_news


@pytest.mark.slow
def test_taken_back_it_is_with_the_team_before(watch: Watch) -> None:
    key = watch.alert().key
    decision = assign(watch.session, key, "商品", DEPARTMENTS, "林", "换图")
    judge(watch, "0.9 0.9")
    tell(watch, TEAM)
    tell(watch, "商品")
    lift(watch.session, decision, "林", "弄错了")
    judge(watch, "0.9 0.9")
    assert [card.news for card in tell(watch, TEAM).digest.cards] == ["new"]
    assert [one.reason for one in tell(watch, "商品").digest.ended] == ["moved"]


@pytest.mark.slow
def test_an_alert_assigned_before_any_mail_is_reported_to_the_new_owners_team_alone(
    session: Session, tmp_path: Path
) -> None:
    watch = watch_with(session, tmp_path)
    judge(watch, "0.9 0.9")
    assign(session, watch.alert().key, "商品", DEPARTMENTS, "林", "换图")
    judge(watch, "0.9 0.9")
    assert [card.news for card in tell(watch, "商品").digest.cards] == ["new"]
    assert not tell(watch, TEAM).digest.is_news


def test_an_unknown_department_is_refused(watch: Watch) -> None:
    with pytest.raises(DecisionError, match="no department is called 采购; there are: 商品, 运营"):
        assign(watch.session, watch.alert().key, "采购", DEPARTMENTS, "林", "换图")
