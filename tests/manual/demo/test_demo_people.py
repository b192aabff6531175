"""What the demo's people decide: dated in the demo's own time, once, and only about what is open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo import NIGHTS
from demo.people import DECISIONS, take_decisions
from shopwatch.core.settings import PROJECT, Settings
from shopwatch.store.tables import Alert, Decision, open_store

DOCS = (PROJECT / "docs" / "demo.md").read_text("utf-8")


def alert(rule: str, shop: str, entity: str) -> Alert:
    return Alert(
        key=f"{rule}-{shop}"[:16],
        rule=rule,
        shop=shop,
        entity_type="product",
        entity=entity,
        metric="m",
        grain="week",
        since=date(2026, 11, 2),
        last_period=date(2026, 11, 2),
        state="firing",
        severity="warning",
        threshold=1.0,
        rule_hash="r",
    )


def test_each_is_decided_once_on_its_morning(tmp_path: Path) -> None:
    with open_store(Settings(home=tmp_path)) as engine, Session(engine) as session, session.begin():
        session.add_all(alert(one.rule, one.shop, one.entity) for one in DECISIONS)
        session.flush()
        taken = [len(take_decisions(session, night)) for night in NIGHTS]
        moments = session.scalars(select(Decision.at).order_by(Decision.at)).all()
    assert taken == [0, 2, 1]
    assert [moment.isoformat() for moment in moments] == [
        "2026-11-14T01:20:00",
        "2026-11-14T01:35:00",
        "2026-11-15T02:05:00",
    ]


def test_nothing_is_decided_where_no_alert_is_open(tmp_path: Path) -> None:
    with open_store(Settings(home=tmp_path)) as engine, Session(engine) as session, session.begin():
        assert take_decisions(session, NIGHTS[-1]) == []


def test_the_document_names_each_of_them() -> None:
    told = DOCS.split("## What people decide")[1].split("\n## ")[0]
    assert all(one.by in told and one.reason in told and one.rule in told for one in DECISIONS)
