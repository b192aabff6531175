"""Digests of the night: for each team, the news in the judged warehouse that it was not yet notified of.

The news of all teams was gathered once (`notify.news`); a team selects its own from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import duckdb
import pyarrow
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.rules import Rule
from shopwatch.catalog.teams import Team
from shopwatch.core.links import today_address
from shopwatch.core.sql_files import library_sql
from shopwatch.core.strict_yaml import Fault
from shopwatch.notify.data_teams import responsible
from shopwatch.notify.entries import (
    Row,
    acknowledgement_text,
    blocked_rule,
    card_of,
    data_note,
    department_of,
    ended_alerts,
    late_export,
    revenue_move,
)
from shopwatch.notify.message import (
    BlockedRule,
    Card,
    DataNote,
    Digest,
    EndedAlerts,
    LateExport,
    RevenueMove,
    merge_blocked,
)
from shopwatch.notify.news import EXAMPLES, NEWS, NightNews, declaration_faults, gather_news, read_news
from shopwatch.notify.reason import ENDED, MOVED, OPEN, NotifyReason, notified_state, notify_reason
from shopwatch.notify.view import shown_in_full
from shopwatch.store.decisions import acknowledgements, is_silent, silences
from shopwatch.store.export import export_alerts
from shopwatch.store.merge import merge_rows
from shopwatch.store.tables import NotificationLog, short_hash
from shopwatch.warehouse.connections import dicts
from shopwatch.warehouse.evidence import evidence_rows

NOTIFIED = "notified"
"""The state of a topic that has no other."""
REVENUE = "moved:"
"""Topics about what moved revenue begin with it."""
FAULT = "rule:"
"""Topics about faults of declarations begin with it."""
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


def pending_digests(
    session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date, only: str | None = None
) -> list[PendingDigest]:
    """One digest per team (or that of ``only``), even without news (see ``digest.is_news``), from the gathered news.

    On a morning without mail a team is notified of new critical alerts only. The rest stays unsettled and is news of
    the next morning with mail, in its state at that time.
    """
    news = read_news(con, catalog)
    digests = (_Selection(session, news, team, night).pending() for team in catalog.teams if only in (None, team.team))
    return [_urgent_part(one) if one.team.is_held(night, catalog.events) else one for one in digests]


def _urgent_part(pending: PendingDigest) -> PendingDigest:
    """The part that is sent on a morning without mail."""
    cards = pending.digest.urgent if pending.team.critical == "any_day" else ()
    topics = {topic: state for card in cards for topic, state in pending.of_card[card.key].items()}
    topics |= {topic: state for topic, state in pending.topics.items() if topic.startswith(REVENUE)}
    return replace(
        pending, digest=replace(pending.digest, cards=cards, late=(), blocked=(), notes=(), ended=()), topics=topics
    )


def record_notified(session: Session, team: str, topics: dict[str, str], night: date) -> None:
    """Record the topics in the team's notification log."""
    rows = [
        {"team": team, "topic": topic, "state": state, "night": night, "first_night": night}
        for topic, state in topics.items()
    ]
    merge_rows(session, NotificationLog, rows, update=("state", "night"))


def forget_corrected_faults(session: Session, catalog: Catalog, team: str) -> None:
    """Forget that the team was notified of faults that are corrected, so that one that comes back is news again."""
    present = {_topic_of(fault) for fault in declaration_faults(catalog)}
    of_team = select(NotificationLog).where(NotificationLog.team == team, NotificationLog.topic.startswith(FAULT))
    for entry in session.scalars(of_team):
        if entry.topic not in present:
            session.delete(entry)


def _topic_of(fault: Fault) -> str:
    return f"{FAULT}{short_hash(fault)}"


def record_silently(session: Session, con: duckdb.DuckDBPyConnection, catalog: Catalog, night: date) -> None:
    """Record everything from a backfill as notified: old alerts are no news."""
    export_alerts(session, con, catalog.include)
    gather_news(session, con)
    news = read_news(con, catalog)
    for team in catalog.teams:
        record_notified(session, team.team, _Selection(session, news, team, night).pending().topics, night)


@dataclass
class _Selection:
    """The part of the night that concerns one team. Collects the topics that its digest settles."""

    session: Session
    news: NightNews
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
            ended=tuple(self._ended()),
        )
        return PendingDigest(team, self._with_evidence(digest), self.topics, self.of_card)

    def _moves(self) -> Iterator[RevenueMove]:
        """Changes of revenue in the week that has ended, once, if the team is responsible for a rule about revenue."""
        owners = {rule.owner for rule in self.news.catalog.rules.values() if rule.metric == "revenue"}
        for row in self.news.moves:
            topic, state = (
                f"{REVENUE}{row['shop']}:{row['week_start']}",
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
        return self.team.team in self._owners(owner, shop)

    def _owners(self, owner: str, shop: str) -> list[str]:
        """Names of the teams that are responsible."""
        teams = self.news.catalog.teams
        return [one.team for one in teams if one.takes(owner, shop)] or [one.team for one in responsible(teams)]

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
                acknowledgement=acknowledgement_text(decision, catalog, self.team.language)
                if decision and (last is None or decision.on > last.night)
                else "",
                mailed_on=(last.first_night, last.night) if last else (),
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
        """Rows of the alerts that the team is responsible for, the most severe first, then by money at stake.

        Those that it knew as open and that ended while another team became responsible come last.
        """
        ended_elsewhere = [row for row in self._alerts_of_others if row["state"] != "firing"]
        places = [place for place in self.news.alert_places if self._has(*place)]
        return [*self._cards_of(("rule", "shop", "assigned_to"), places), *ended_elsewhere]

    def _has(self, rule: str, shop: str, assigned_to: str) -> bool:
        """True if the team is responsible for an alert of this rule and shop, assigned to this department."""
        catalog = self.news.catalog
        return rule in catalog.rules and self._is_owner(department_of(rule, assigned_to, catalog), shop)

    def _cards_of(self, columns: tuple[str, ...], wanted: Sequence[tuple[str, ...]]) -> list[Row]:
        """Rows of the alerts with these values, in the order of a digest."""
        if not wanted:
            return []
        values = self.news.con.from_arrow(pyarrow.table(list(zip(*wanted, strict=True)), names=columns))
        owners = self.news.con.table("ops.news_owners").select("key, assigned_to")
        alerts = self.news.con.table("ops.news_cards").join(owners, "key").join(values, ", ".join(columns), "semi")
        return dicts(alerts.order(NEWS["cards"]).execute())

    @cached_property
    def _alerts_of_others(self) -> list[Row]:
        """Rows of the alerts that the team knows as open, and for which another team has become responsible."""
        known = [
            topic.removeprefix("alert:")
            for topic, last in self.log.items()
            if topic.startswith("alert:") and last.state in OPEN
        ]
        if not known:
            return []
        rules = self.news.catalog.rules
        found = self.news.con.execute(library_sql("notify/known_cards"), {"keys": known}).fetchall()
        keys = [(key,) for key, *place in found if place[0] in rules and not self._has(*place)]
        return self._cards_of(("key",), keys)

    def _ended(self) -> Iterator[EndedAlerts]:
        """Alerts that the team knows as open and gets no more: nothing judges them, or another team has them."""
        catalog, groups = self.news.catalog, dict[tuple[str, ...], list[Row]]()
        for row in self.news.ended:
            topic = f"alert:{row['key']}"
            if topic in self.log and self.log[topic].state in OPEN:
                groups.setdefault((row["reason"], row["rule"], row["shop"]), []).append(row)
                self.topics[topic] = ENDED
        for row in self._alerts_of_others:
            if row["state"] == "firing":
                teams = self._owners(department_of(row["rule"], row["assigned_to"], catalog), row["shop"])
                groups.setdefault((MOVED, row["rule"], row["shop"], *teams), []).append(row)
                self._settle(row, MOVED)
        for (reason, _, _, *teams), rows in groups.items():
            yield ended_alerts(rows, reason, teams, catalog, self.team.language)

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
            if self._is_new_to(_topic_of(fault)):
                yield DataNote("", fault.path.name, "rule", f"{fault.name or ''} {fault.what}".strip(), 0, ())

    def _is_new_to(self, topic: str, *, is_owner: bool = False) -> bool:
        """True if the team must be notified of the topic, once; a data team is notified of every topic."""
        is_new = (is_owner or self.team.data) and topic not in self.log
        if is_new:
            self.topics[topic] = NOTIFIED
        return is_new
