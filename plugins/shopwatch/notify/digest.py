"""What each team has not been told yet, put together from the judged warehouse and the store."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

import duckdb
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.alerts import Told, short_hash
from shopwatch.decisions import Acknowledged, acknowledgements, is_silent, read_silences, silences
from shopwatch.declared import Fault
from shopwatch.exports.contract import Contract, Title, load_contracts
from shopwatch.exports.reasons import sentence
from shopwatch.heads import split_head
from shopwatch.metrics import Metric, load_metrics
from shopwatch.notify.lacking import missing_export, unknown_refunds
from shopwatch.notify.message import Blocked, Card, DataNote, Digest, Language, Late, Move, Period, merge_blocked
from shopwatch.notify.news import said_of, turn_of
from shopwatch.page.addresses import alert_address
from shopwatch.rules.calendar import load_events
from shopwatch.rules.freshness import read_freshness
from shopwatch.rules.language import Rule, measured_unit, read_rules
from shopwatch.rules.teams import Team, load_departments, load_teams
from shopwatch.rules.unjudged import Gap, unjudged_since, why_unjudged
from shopwatch.settings import Settings
from shopwatch.texts import words

EXAMPLES = 5
REMIND_OF_LATE = timedelta(days=7)


@dataclass(frozen=True)
class Talk:
    """A digest for a team, and topic -> what the team will have been told of it once it is sent."""

    team: Team
    digest: Digest
    topics: dict[str, str]
    of_card: dict[str, dict[str, str]]
    """Of each alert's key, its part of the topics."""


class Known(Protocol):
    """What an alert is told with: who may be asked for the words of its rule and metric."""

    @property
    def rules(self) -> dict[str, Rule]: ...
    @property
    def metrics(self) -> dict[str, Metric]: ...
    @property
    def contracts(self) -> dict[str, Contract]: ...
    @property
    def departments(self) -> dict[str, Title]: ...


@dataclass(frozen=True)
class _Judged:
    """All that may be told tonight, in no language yet."""

    rules: dict[str, Rule]
    faults: list[Fault]
    metrics: dict[str, Metric]
    contracts: dict[str, Contract]
    departments: dict[str, Title]
    teams: list[Team]
    cards: list[dict[str, Any]]
    late: list[dict[str, Any]]
    blocked: list[dict[str, Any]]
    notes: list[dict[str, Any]]
    moves: list[dict[str, Any]]


def talks(
    session: Session, con: duckdb.DuckDBPyConnection, settings: Settings, night: date, only: str | None = None
) -> list[Talk]:
    """One talk a team (or that of ``only``), also where there is nothing new to say (``digest.is_news`` tells).

    On a morning without mail a team is told of new critical alerts only. All the rest is not marked as
    told, so it is news of the next morning with mail, as it is by then.
    """
    judged, events = _gather(con, settings), load_events(settings.include)
    return [
        _held(talk) if team.is_held(night, events) else talk
        for team in judged.teams
        if only in (None, team.team)
        for talk in [_talk(session, settings, judged, team, night)]
    ]


def _held(talk: Talk) -> Talk:
    """What may be told on a morning without mail."""
    cards = talk.digest.urgent if talk.team.critical == "any_day" else ()
    topics = {topic: said for card in cards for topic, said in talk.of_card[card.key].items()}
    return replace(talk, digest=replace(talk.digest, cards=cards, late=(), blocked=(), notes=()), topics=topics)


def mark_told(session: Session, team: str, topics: dict[str, str], night: date) -> None:
    """Remember what the team knows."""
    for topic, said in topics.items():
        told = session.get(Told, (team, topic))
        if told is None:
            session.add(Told(team=team, topic=topic, said=said, night=night, first_night=night))
        else:
            told.said, told.night = said, night


def tell_silently(session: Session, con: duckdb.DuckDBPyConnection, settings: Settings, night: date) -> None:
    """Count all that a backfill brought up as told: old alerts are no news."""
    from shopwatch.alerts import export_alerts

    export_alerts(session, con)
    judged = _gather(con, settings)
    for team in judged.teams:
        mark_told(session, team.team, _talk(session, settings, judged, team, night).topics, night)


def _gather(con: duckdb.DuckDBPyConnection, settings: Settings) -> _Judged:
    metrics = {metric.name: metric for metric in load_metrics(settings.include)}
    rules, faults = read_rules(settings.include, list(metrics.values()))
    faults += [*read_silences(settings.include)[1], *read_freshness(settings)[1]]
    late = _rows(con, settings, "late", {})
    return _Judged(
        rules=rules,
        faults=faults,
        metrics=metrics,
        contracts=load_contracts(settings.include),
        departments=load_departments(settings.include),
        teams=load_teams(settings.include),
        cards=_rows(con, settings, "cards", {}),
        late=late,
        blocked=_fold(_rows(con, settings, "blocked", {}), late, metrics),
        notes=_rows(con, settings, "notes", {"examples": EXAMPLES}),
        moves=_rows(con, settings, "moves", {}) if _has_drivers(con) else [],
    )


def _has_drivers(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a review has been built yet: the first night tells before it has one."""
    sql = "select 1 from duckdb_tables() where schema_name = 'review' and table_name = 'weekly_driver'"
    return con.execute(sql).fetchone() is not None


def _move(row: dict[str, Any], judged: _Judged, settings: Settings, language: Language) -> Move:
    drivers = tuple((one["dimension"], one["name"] or "", one["effect"]) for one in row["drivers"])
    missing = ""
    if row["missing_days"]:
        gap = Gap(row["missing_days"], row["missing_exports"])
        missing = why_unjudged("missing_days", gap, judged.contracts, words(settings.include, language))
    return Move(row["shop_title"], row["currency"], row["revenue_moved"], drivers, missing)


def _rows(
    con: duckdb.DuckDBPyConnection, settings: Settings, name: str, values: dict[str, Any]
) -> list[dict[str, Any]]:
    _, sql = split_head(settings.include / "sql" / "digest" / f"{name}.sql")
    cursor = con.execute(sql, values)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _fold(
    blocked: list[dict[str, Any]], late: list[dict[str, Any]], metrics: dict[str, Metric]
) -> list[dict[str, Any]]:
    """What is blocked by something else than a late export; the others are noted with the export (``rules``)."""
    left = []
    for one in late:
        one["rules"] = []
    for row in blocked:
        inputs = metrics[row["metric"]].head.inputs
        causes = (one for one in late if one["shop"] == row["shop"] and one["input"] in inputs)
        cause = next((one for one in causes if min(row["missing_days"]) > (one["last_day"] or date.min)), None)
        (left.append(row) if cause is None else cause["rules"].append(row["rule"]))
    return left


def _goes_to(team: Team, teams: list[Team], owner: str, shop: str) -> bool:
    """Whether the team is told; what nobody takes goes to those who look after the data."""
    return team.takes(owner, shop) or (team.data and not any(other.takes(owner, shop) for other in teams))


def _talk(session: Session, settings: Settings, judged: _Judged, team: Team, night: date) -> Talk:
    told = {row.topic: row for row in session.scalars(select(Told).where(Told.team == team.team))}
    quiet, taken_care = silences(session, settings.include), acknowledgements(session)
    topics: dict[str, str] = {}
    of_card: dict[str, dict[str, str]] = {}
    cards = []
    for row in judged.cards:
        rule = judged.rules.get(row["rule"])
        if rule is None or not _goes_to(team, judged.teams, rule.owner, row["shop"]):
            continue
        before = next((told[f"alert:{key}"] for key in (row["key"], *row["others"]) if f"alert:{key}" in told), None)
        back_after = [key for key in row["back_after"] if f"alert:{key}" in told]
        turn = turn_of(
            said=before.said if before else None,
            state=row["state"],
            severity=row["severity"],
            is_quiet=row["inhibited_by"] is not None
            or is_silent(quiet, row["rule"], row["shop"], row["entity"], night),
            is_due=before is not None
            and row["key"] not in taken_care
            and night - before.night >= timedelta(days=rule.repeat_days),
            is_back=bool(back_after),
        )
        if turn is not None:
            card = card_of(row, judged, settings, team.language, *turn)
            cards.append(
                replace(
                    card,
                    times=1 + len(back_after),
                    taken_care=_taken_care(taken_care.get(row["key"]), settings, team.language),
                    told_on=(before.first_night, before.night) if before else (),
                )
            )
            moved = (f"alert:{key}" for key in row["others"])
            same = (f"alert:{row['key']}", *(topic for topic in moved if topic in told))
            said = said_of(row["state"], row["severity"], before.said if before else None, turn)
            of_card[row["key"]] = dict.fromkeys(same, said)
            topics |= of_card[row["key"]]
    late = []
    for row in judged.late:
        topic = f"late:{row['export']}:{row['shop']}:{row['last_day']}"
        last = told.get(topic)
        if _goes_to(team, judged.teams, row["owner"], row["shop"]) and (
            last is None or night - last.night >= REMIND_OF_LATE
        ):
            late.append(_late(row, judged, team.language))
            topics[topic] = "told"
    blocked = []
    for row in judged.blocked:
        rule = judged.rules[row["rule"]]
        topic = f"blocked:{row['rule']}:{row['shop']}:{row['period']}"
        if (team.takes(rule.owner, row["shop"]) or team.data) and topic not in told:
            blocked.append(_blocked(row, rule, judged, settings, team.language))
            topics[topic] = "told"
    notes = []
    for row in judged.notes:
        topic = f"file:{row['load_id']}:{row['kind']}"
        if team.data and topic not in told:
            notes.append(_note(row, settings, team.language))
            topics[topic] = "told"
    for fault in judged.faults:
        topic = f"rule:{short_hash(fault)}"
        if team.data and topic not in told:
            notes.append(DataNote("", fault.path.name, "rule", f"{fault.name or ''} {fault.what}".strip(), 0, ()))
            topics[topic] = "told"
    moves = tuple(
        _move(row, judged, settings, team.language)
        for row in judged.moves
        if team.owners and (not team.shops or row["shop"] in team.shops)
    )
    digest = Digest(
        team.team,
        team.language,
        night,
        team.to,
        tuple(cards),
        merge_blocked(blocked),
        tuple(notes),
        tuple(late),
        moves,
        team.most,
    )
    return Talk(team, digest, topics, of_card)


def card_of(row: dict[str, Any], known: Known, settings: Settings, language: Language, news: Any, turn: Any) -> Card:
    """An alert's row, as ``cards.sql`` gives it, in the reader's language."""
    rule = known.rules[row["rule"]]
    head = known.metrics[rule.metric].head
    measure, title = rule.breach.of, getattr(head.title, language)
    say = words(settings.include, language)
    return Card(
        key=row["key"],
        rule=getattr(rule.title, language),
        news=news,
        turn=turn,
        severity=row["severity"],
        shop=row["shop"],
        shop_title=row["shop_title"],
        entity_type=row["entity_type"],
        entity=row["entity"],
        name=row["name"],
        metric=row["metric"],
        metric_title=say(measure, metric=title) if measure != "value" else title,
        unit=measured_unit(rule, head.unit),
        breach=rule.breach.comparison,
        threshold=row["threshold"],
        threshold_high=row["threshold_high"],
        verdict=row["verdict"],
        value=row["value"],
        was=row["was"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        numerator_title=getattr(head.numerator, language),
        denominator_title=getattr(head.denominator, language),
        grain=row["grain"],
        since=row["since"],
        period=row["period"],
        history=tuple(Period(p["period_start"], p["value"], p["verdict"], p["reason"]) for p in row["history"]),
        at_stake=row["at_stake"],
        at_stake_title=getattr(head.at_stake, language),
        currency=row["currency"],
        owner=getattr(known.departments[rule.owner], language),
        say=getattr(rule.say, language),
        action=getattr(rule.do, language),
        manual=getattr(rule.manual, language),
        link=alert_address(settings, row["key"]),
        unjudged=unjudged_since(row["unjudged"], row["grain"], known.contracts, say),
    )


def _taken_care(decision: Acknowledged | None, settings: Settings, language: Language) -> str:
    if decision is None:
        return ""
    say = words(settings.include, language)
    return say("taken_care", by=decision.by, reason=decision.reason, plan=decision.plan or "–")


def _late(row: dict[str, Any], judged: _Judged, language: Language) -> Late:
    return Late(
        export=getattr(judged.contracts[row["export"]].title, language),
        shop_title=row["shop_title"],
        day=row["due_day"],
        due_at=row["due_at"],
        last_day=row["last_day"],
        rules=tuple(sorted(getattr(judged.rules[rule].title, language) for rule in row["rules"])),
    )


def _blocked(row: dict[str, Any], rule: Rule, judged: _Judged, settings: Settings, language: Language) -> Blocked:
    metric = judged.metrics[row["metric"]]
    absent = [name for name in row["missing_exports"] if judged.contracts[name].pot in row["absent_pots"]]
    say = words(settings.include, language)
    gap = Gap.of(row)
    reasons = [gap.half_lists(judged.contracts, say)]
    if days := gap.absent_days:
        reasons.append(missing_export(row, absent or row["missing_exports"], days, judged.contracts, say, language))
    reason = say("semicolon").join(filter(None, reasons))
    if row["is_refund_unknown"]:
        reason = unknown_refunds(row, judged.contracts, say, language)
    elif absent:
        pots = ", ".join(f"{pot}: YYYY-MM-DD" for pot in row["absent_pots"])
        reason += say("pots_given_up", pots=pots, shop=row["shop"])
    return Blocked(
        rules=(getattr(rule.title, language),),
        shop_title=row["shop_title"],
        metric_title=getattr(metric.head.title, language),
        grain=row["grain"],
        period=row["period"],
        entities=row["entities"],
        reason=reason,
    )


def _note(row: dict[str, Any], settings: Settings, language: Language) -> DataNote:
    return DataNote(
        shop=row["shop"],
        file=row["file"],
        kind=row["kind"],
        reason=_why(row, settings, language),
        rows=row["row_count"],
        examples=tuple(_example(example, settings, language) for example in row["examples"]),
    )


def _why(row: dict[str, Any], settings: Settings, language: Language) -> str:
    """The reason in the reader's words; the ledger's own sentence where it has no code."""
    values = json.loads(row["reason_values"] or "{}")
    return sentence(settings.include, language, row["reason_code"], values, row["reason"])


def _example(example: dict[str, Any], settings: Settings, language: Language) -> str:
    """One row that was kept out, in words: line, column, value, what is wrong."""
    say = words(settings.include, language)
    why = _why(example, settings, language)
    where = say("kept_out_line", line=example["line"] if example["line"] is not None else "?")
    if example["column_name"] is None:
        return f"{where}: {why}"
    value = "" if example["value"] is None else f" “{example['value'][:60]}”"
    return f"{where}, {example['column_name']}{value}: {why}"
