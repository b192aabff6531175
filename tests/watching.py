"""One product under one rule, night after night: what its team is notified of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.rules import load_rules
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.judge.cases import SUNDAY, CaseSeries, enter_series
from shopwatch.judge.evaluate import judge
from shopwatch.judge.lifecycle import known_entities, update_alerts
from shopwatch.notify.digest import pending_digests, record_notified
from shopwatch.notify.message import Digest
from shopwatch.notify.news import gather_news
from shopwatch.store.export import export_alerts
from shopwatch.store.tables import Alert, AlertEvent

TEAM = "运营"
METRICS = {metric.name: metric for metric in load_metrics(Settings().include)}
RULES = load_rules(Settings().include, list(METRICS.values()))
BESIDE = library_sql("notify/news_tables")
BEHIND = """
    create schema if not exists marts;
    create table marts.fct_product_week (
        shop varchar, product_id varchar, week_start date, visitors bigint, cart_buyers bigint, pay_buyers bigint,
        pay_pieces bigint, pay_amount decimal(18, 2)
    )
"""
"""The model of the rows behind the watched number, without rows."""


@dataclass
class Watch:
    """One product's shop under one rule: each night sees the weeks as they are known by then."""

    settings: Settings
    session: Session
    digest: Digest | None = None
    late: date | None = None
    """The last day of the traffic export, where that is late."""
    said: list[tuple[str, str]] = field(default_factory=list)
    con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    @cached_property
    def catalog(self) -> Catalog:
        return Catalog(self.settings)

    def night(self, series: str, night: date = SUNDAY, held: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """What the team is told: (news, turn) of each card; nothing where there is no mail."""
        self.judged(series, night, held)
        return self.told(night)

    def judged(self, series: str, night: date, held: tuple[str, ...] = ()) -> None:
        """The first half of a night: the alerts are as they are by then, and nobody knows."""
        self.con = duckdb.connect()
        self.con.execute(library_sql("judge/judged_tables"))
        self.con.execute(BESIDE)
        self.con.execute(BEHIND)
        self.con.execute(library_sql("warehouse/reconciliation"))
        self.con.execute(library_sql("judge/freshness"))
        if self.late is not None:
            self.con.execute(
                "insert into ops.freshness values ('shop', 'sycm_products', 'product_day', '运营', $1, $2, $2, 'late')",
                [self.late, night - timedelta(days=1)],
            )
        rule = RULES["conversion_low"]
        enter_series(self.con, self.catalog, CaseSeries(rule, series, night))
        judged = [rule] if rule.rule in self.catalog.rules and not held else []
        judge(self.con, self.catalog, judged, night, known_entities(self.session))
        update_alerts(self.session, self.con, self.catalog, night, held)
        self.session.flush()

    def told(self, night: date) -> list[tuple[str, str]]:
        """The second half: what the team is told."""
        export_alerts(self.session, self.con, self.catalog.include)
        gather_news(self.session, self.con)
        talk = next(t for t in pending_digests(self.session, self.con, self.catalog, night) if t.digest.team == TEAM)
        self.digest = talk.digest
        if not talk.digest.is_news:
            return []
        record_notified(self.session, TEAM, talk.topics, night)
        self.session.flush()
        told = [(card.news, card.change) for card in talk.digest.cards]
        self.said += sorted(told, key=lambda word: word[0] in ("new", "open"))  # one mail: what ended, what began
        return [(card.news, card.change) for card in talk.digest.cards]

    def times(self) -> list[int]:
        """How often each alert of the last mail was firing lately."""
        return [card.times for card in self.digest.cards] if self.digest else []

    def alert(self) -> Alert:
        """The alert that is firing."""
        return self.session.scalars(select(Alert).where(Alert.state == "firing")).one()

    def events(self) -> list[tuple[str, str | None]]:
        rows = self.session.scalars(select(AlertEvent).order_by(AlertEvent.night, AlertEvent.event))
        return [(event.event, event.detail) for event in rows]


def weeks(number: int) -> date:
    return SUNDAY + timedelta(weeks=number)


def include_with(folder: Path, **texts: str) -> Path:
    """The project's include, with some of its files (``rules/routes.yaml`` is ``routes``) written otherwise."""
    include = folder / "include"
    (include / "rules").mkdir(parents=True)
    for path in (*Settings().include.iterdir(), *(Settings().include / "rules").iterdir()):
        target = include / path.relative_to(Settings().include)
        if path.name != "rules" and path.stem not in texts:
            target.symlink_to(path)
    for name, text in texts.items():
        (include / ("calendar.yaml" if name == "calendar" else f"rules/{name}.yaml")).write_text(text, "utf-8")
    return include
