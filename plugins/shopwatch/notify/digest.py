"""Digests of the night: for each team, the news in the judged warehouse that it was not yet notified of.

``gather_news`` collects the news of all teams once, in ``ops.news_*``; a team selects its own from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import duckdb
import pyarrow
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.metrics import Metric
from shopwatch.catalog.rules import Rule
from shopwatch.catalog.teams import Team
from shopwatch.core.links import today_address
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import Fault
from shopwatch.judge.freshness import read_freshness
from shopwatch.notify.entries import (
    Row,
    acknowledgement_text,
    blocked_rule,
    card_of,
    data_note,
    late_export,
    revenue_move,
)
from shopwatch.notify.message import BlockedRule, Card, DataNote, Digest, LateExport, Move, merge_blocked
from shopwatch.notify.reason import OPEN, NotifyReason, notified_state, notify_reason
from shopwatch.notify.view import shown_in_full
from shopwatch.store.decisions import acknowledgements, is_silent, read_silences, silences
from shopwatch.store.export import export_alerts
from shopwatch.store.merge import merge_rows
from shopwatch.store.tables import NotificationLog, short_hash
from shopwatch.warehouse.connections import dicts
from shopwatch.warehouse.evidence import evidence_rows
from shopwatch.warehouse.integrity import has_table

EXAMPLES = 5
NEWS = {
    "cards": "list_position(['critical', 'warning', 'info'], severity), at_stake desc nulls last, key",
    "late": "shop, export",
    "blocked": "shop, rule, metric",
    "notes": "shop, file, load_id, kind",
    "moves": "shop",
}
"""Statement of each kind of news -> order of its rows in a digest."""
NOTIFIED = "notified"
MOVED = "moved:"
"""The state of a topic that has no other."""
REMIND_OF_LATE = timedelta(days=7)


class LogEntry(NamedTuple):
    """The latest notification of a team about a topic, and the first."""

    state: str
    night: date
    first_night: date


@dataclass(frozen=True)
class PendingDigest:
    """A team's digest, and the topics that it settles: topic -> notified state."""

    team: Team
    digest: Digest
    topics: dict[str, str]
    of_card: dict[str, dict[str, str]]
    """Topics of each alert, by alert key."""


@dataclass(frozen=True)
class _Night:
    """Content of the night's digests, not yet in any language; the alerts are selected by team."""

    con: duckdb.DuckDBPyConnection
    catalog: Catalog
    faults: list[Fault]
    alert_places: list[tuple[str, str]]
    """Rule and shop of the alerts."""
    late: list[Row]
    blocked: list[Row]
    notes: list[Row]
    moves: list[Row]


def pending_digests(
    session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date, only: str | None = None
) -> list[PendingDigest]:
    """One digest per team (or that of ``only``), even without news (see ``digest.is_news``), from the gathered news.

    On a morning without mail a team is notified of new critical alerts only. The rest stays unsettled and is news of
    the next morning with mail, in its state at that time.
    """
    news = _read_news(con, catalog)
    digests = (_Selection(session, news, team, night).pending() for team in catalog.teams if only in (None, team.team))
    return [_urgent_part(one) if one.team.is_held(night, catalog.events) else one for one in digests]


def _urgent_part(pending: PendingDigest) -> PendingDigest:
    """The part that is sent on a morning without mail."""
    cards = pending.digest.urgent if pending.team.critical == "any_day" else ()
    topics = {topic: state for card in cards for topic, state in pending.of_card[card.key].items()}
    topics |= {topic: state for topic, state in pending.topics.items() if topic.startswith(MOVED)}
    return replace(pending, digest=replace(pending.digest, cards=cards, late=(), blocked=(), notes=()), topics=topics)


def record_notified(session: Session, team: str, topics: dict[str, str], night: date) -> None:
    """Record the topics in the team's notification log."""
    rows = [
        {"team": team, "topic": topic, "state": state, "night": night, "first_night": night}
        for topic, state in topics.items()
    ]
    merge_rows(session, NotificationLog, rows, update=("state", "night"))


def record_silently(session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date) -> None:
    """Record everything from a backfill as notified: old alerts are no news."""
    export_alerts(session, con)
    gather_news(session, con)
    news = _read_news(con, catalog)
    for team in catalog.teams:
        record_notified(session, team.team, _Selection(session, news, team, night).pending().topics, night)


def gather_news(session: Session, con: duckdb.DuckDBPyConnection) -> None:
    """Fill ``ops.news_*``: everything that a digest of the judged night may contain, for all teams.

    Reads the exported alerts, the warehouse and, for the alerts that have ended, the notification log: only those of
    which some team was last notified as open can be news.
    """
    is_open = NotificationLog.topic.startswith("alert:") & NotificationLog.state.in_(OPEN)
    topics = session.scalars(select(NotificationLog.topic).where(is_open).distinct())
    values: dict[str, dict[str, object]] = {
        "cards": {"key": None, "notified": [topic.removeprefix("alert:") for topic in topics]},
        "notes": {"examples": EXAMPLES},
    }
    for name in NEWS:
        if name != "moves" or has_table(con, "weekly_driver", schema="review"):
            sql = library_sql(f"notify/{name}")
            con.execute(f"create or replace table ops.news_{name} as {sql}", values.get(name, {}))


def _read_news(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> _Night:
    late = _rows(con, "late")
    return _Night(
        con=con,
        catalog=catalog,
        faults=[*catalog.rule_faults, *read_silences(catalog.include)[1], *read_freshness(catalog)[1]],
        alert_places=con.table("ops.news_cards").select("rule, shop").distinct().fetchall(),
        late=late,
        blocked=_fold(_rows(con, "blocked"), late, catalog.metrics),
        notes=_rows(con, "notes"),
        moves=_rows(con, "moves") if has_table(con, "news_moves", schema="ops") else [],
    )


def _rows(con: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    return dicts(con.table(f"ops.news_{name}").order(NEWS[name]).execute())


def _fold(blocked: list[Row], late: list[Row], metrics: dict[str, Metric]) -> list[Row]:
    """Blocked rules that no late export explains; the others are added to ``rules`` of their late export."""
    left = []
    for export in late:
        export["rules"] = []
    for row in blocked:
        inputs = metrics[row["metric"]].head.inputs
        causes = (one for one in late if one["shop"] == row["shop"] and one["input"] in inputs)
        cause = next((one for one in causes if min(row["missing_days"]) > (one["last_day"] or date.min)), None)
        (left.append(row) if cause is None else cause["rules"].append(row["rule"]))
    return left


@dataclass
class _Selection:
    """The part of the night that concerns one team. Collects the topics that its digest settles."""

    session: Session
    news: _Night
    team: Team
    night: date
    topics: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    of_card: dict[str, dict[str, str]] = field(default_factory=dict)

    @cached_property
    def log(self) -> dict[str, LogEntry]:
        """The team's latest notification of each topic."""
        columns = (NotificationLog.topic, NotificationLog.state, NotificationLog.night, NotificationLog.first_night)
        found = self.session.execute(select(*columns).where(NotificationLog.team == self.team.team))
        return {topic: LogEntry(state, night, first) for topic, state, night, first in found}

    def pending(self) -> PendingDigest:
        """Build the digest with its topics."""
        team, catalog = self.team, self.news.catalog
        digest = Digest(
            team.team,
            team.language,
            self.night,
            team.to,
            tuple(self._cards()),
            merge_blocked(list(self._blocked())),
            tuple(self._notes()),
            tuple(self._late()),
            tuple(self._moves()),
            team.most,
            link=today_address(catalog.settings),
        )
        return PendingDigest(team, self._with_evidence(digest), self.topics, self.of_card)

    def _moves(self) -> Iterator[Move]:
        """Changes of revenue in the week that has ended, once, if the team is responsible for a rule about revenue."""
        owners = {rule.owner for rule in self.news.catalog.rules.values() if rule.metric == "revenue"}
        for row in self.news.moves:
            topic, state = (
                f"{MOVED}{row['shop']}:{row['week_start']}",
                short_hash(row["revenue"], row["revenue_compared"]),
            )
            notified = self.log.get(topic)
            if (notified is None or notified.state != state) and any(
                self.team.takes(one, row["shop"]) for one in owners
            ):
                self.topics[topic] = state
                yield revenue_move(row, self.news.catalog, self.team.language)

    def _is_owner(self, owner: str, shop: str) -> bool:
        """True if the team is responsible; alerts and exports that no team takes go to the data teams."""
        teams = self.news.catalog.teams
        return self.team.takes(owner, shop) or (self.team.data and not any(one.takes(owner, shop) for one in teams))

    def _cards(self) -> Iterator[Card]:
        catalog = self.news.catalog
        silent, acknowledged = silences(self.session, catalog.include), acknowledgements(self.session)
        for row in self._alerts():
            rule = catalog.rules[row["rule"]]
            keys = (row["key"], *row["others"])
            last = next((self.log[f"alert:{key}"] for key in keys if f"alert:{key}" in self.log), None)
            back_after = [key for key in row["back_after"] if f"alert:{key}" in self.log]
            reason = notify_reason(
                last=last.state if last else None,
                state=row["state"],
                severity=row["severity"],
                is_quiet=row["inhibited_by"] is not None
                or is_silent(silent, row["rule"], row["shop"], row["entity"], self.night),
                is_due=last is not None
                and row["key"] not in acknowledged
                and self.night - last.night >= timedelta(days=rule.repeat_days),
                is_back=bool(back_after),
            )
            if reason is None:
                continue
            decision = acknowledged.get(row["key"])
            card = replace(
                card_of(row, catalog, self.team.language, reason),
                times=1 + len(back_after),
                taken_care=acknowledgement_text(decision, catalog, self.team.language)
                if decision and (last is None or decision.on > last.night)
                else "",
                told_on=(last.first_night, last.night) if last else (),
            )
            if reason is not NotifyReason.STILL_OPEN or card.is_repeated or f"alert:{row['key']}" not in self.log:
                self._settle(row, notified_state(row["state"], row["severity"], last.state if last else None, reason))
            self.rows[row["key"]] = row
            yield card

    def _with_evidence(self, digest: Digest) -> Digest:
        """The digest with the rows behind the numbers that it shows in full."""
        con, catalog = self.news.con, self.news.catalog
        found = {
            thing[0].key: evidence_rows(con, catalog, self.team.language, self.rows[thing[0].key], EXAMPLES)
            for thing in shown_in_full(digest)
        }
        return replace(digest, cards=tuple(replace(card, evidence=found.get(card.key)) for card in digest.cards))

    def _settle(self, row: Row, state: str) -> None:
        """Settle an alert, and those that a correction moved to it."""
        moved = (f"alert:{key}" for key in row["others"])
        same = (f"alert:{row['key']}", *(topic for topic in moved if topic in self.log))
        self.of_card[row["key"]] = dict.fromkeys(same, state)
        self.topics |= self.of_card[row["key"]]

    def _alerts(self) -> list[Row]:
        """Rows of the alerts that the team is responsible for, the most severe first, then by money at stake."""
        rules = self.news.catalog.rules
        places = [
            (rule, shop)
            for rule, shop in self.news.alert_places
            if rule in rules and self._is_owner(rules[rule].owner, shop)
        ]
        if not places:
            return []
        own = self.news.con.from_arrow(pyarrow.table(list(zip(*places, strict=True)), names=["rule", "shop"]))
        alerts = self.news.con.table("ops.news_cards").join(own, "rule, shop", "semi")
        return dicts(alerts.order(NEWS["cards"]).execute())

    def _late(self) -> Iterator[LateExport]:
        for row in self.news.late:
            topic = f"late:{row['export']}:{row['shop']}:{row['last_day']}"
            last = self.log.get(topic)
            is_due = last is None or self.night - last.night >= REMIND_OF_LATE
            if is_due and self._is_owner(row["owner"], row["shop"]):
                self.topics[topic] = NOTIFIED
                yield late_export(row, self.news.catalog, self.team.language)

    def _blocked(self) -> Iterator[BlockedRule]:
        for row in self.news.blocked:
            rule: Rule = self.news.catalog.rules[row["rule"]]
            topic = f"blocked:{row['rule']}:{row['shop']}:{row['period']}"
            if self._is_new_to(topic, is_owner=self.team.takes(rule.owner, row["shop"])):
                yield blocked_rule(row, rule, self.news.catalog, self.team.language)

    def _notes(self) -> Iterator[DataNote]:
        for row in self.news.notes:
            if self._is_new_to(f"file:{row['load_id']}:{row['kind']}"):
                yield data_note(row, self.news.catalog, self.team.language)
        for fault in self.news.faults:
            if self._is_new_to(f"rule:{short_hash(fault)}"):
                yield DataNote("", fault.path.name, "rule", f"{fault.name or ''} {fault.what}".strip(), 0, ())

    def _is_new_to(self, topic: str, *, is_owner: bool = False) -> bool:
        """True if the team must be notified of the topic, once; a data team is notified of every topic."""
        is_new = (is_owner or self.team.data) and topic not in self.log
        if is_new:
            self.topics[topic] = NOTIFIED
        return is_new
