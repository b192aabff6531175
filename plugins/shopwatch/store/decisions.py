"""People's decisions about alerts: acknowledge, dismiss, assign, comment, silence, take back; none affects judging."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.core.declaration import Declaration
from shopwatch.core.reasons import CodedError
from shopwatch.core.strict_yaml import Fault, read_list
from shopwatch.store.tables import Alert, Decision, now, short_hash

LONGEST = timedelta(days=30)
ANSWERS = ("acknowledge", "dismiss")
"""Kinds of decisions of which the latest about an alert counts."""
LIFTED = ("silence", "assign", *ANSWERS)
"""Kinds of decisions that can be taken back."""


class DecisionError(CodedError):
    """A rejected decision; its code yields the message in both languages."""


class Silence(Declaration):
    """A filter that mutes notifications.

    It covers alerts that match every pattern (``*`` and ``?`` as in file names), until a day, inclusive.
    """

    rule: str = "*"
    shop: str = "*"
    entity: str = "*"
    until: date
    reason: str
    by: str

    def fits(self, rule: str, shop: str, entity: str, night: date) -> bool:
        """True if the silence covers the alert on a night."""
        words = ((rule, self.rule), (shop, self.shop), (entity, self.entity))
        return night <= self.until and all(fnmatchcase(word, pattern) for word, pattern in words)

    def covers_shop(self, shop: str) -> bool:
        """True if alerts of the shop may match."""
        return fnmatchcase(shop, self.shop)


class ReviewedSilence(Silence):
    """One entry of ``include/rules/silences.yaml``; ``since`` allows its length to be limited here as well."""

    since: date

    @model_validator(mode="after")
    def _is_short(self) -> ReviewedSilence:
        if not self.since <= self.until <= self.since + LONGEST:
            raise ValueError(
                f"until must be between {self.since} and {self.since + LONGEST}: to silence longer, change the rule"
            )
        if (self.rule, self.shop, self.entity) == ("*", "*", "*"):
            raise ValueError("name a rule, a shop or an entity: a silence of everything would hide all alerts")
        return self

    def fits(self, rule: str, shop: str, entity: str, night: date) -> bool:
        """True if the silence covers the alert on a night."""
        return night >= self.since and super().fits(rule, shop, entity, night)


@dataclass(frozen=True)
class Acknowledgement:
    """An acknowledgement: the person responsible, the reason for the alert's state, and the plan.

    ``is_dismissed``: True if nothing is to be done about the alert. ``key``: the decision's key, to take it back.
    """

    by: str
    reason: str
    plan: str
    on: date
    is_dismissed: bool = False
    key: str = ""


@dataclass(frozen=True)
class Assignment:
    """A change of an alert's owner. ``key``: the decision's key, to take it back."""

    owner: str
    by: str
    reason: str
    on: date
    key: str


def acknowledge(
    session: Session, alert_key: str, by: str, reason: str, plan: str = "", at: datetime | None = None
) -> None:
    """Acknowledge an alert until it is resolved, so that it is not repeated. Raises DecisionError.

    ``at``: time of the decision, UTC; default now.
    """
    _require_open(session, alert_key)
    _enter(session, Decision(kind="acknowledge", alert_key=alert_key, by=by, reason=reason, plan=plan, at=at))


def decide_open(session: Session, alert_keys: list[str], decide: Callable[[str], object]) -> int:
    """Decide about each of the alerts that is still open; returns their number. Raises DecisionError."""
    keys = session.scalars(select(Alert.key).where(Alert.key.in_(alert_keys), Alert.state == "firing")).all()
    for key in keys:
        decide(key)
    return len(keys)


def assign(session: Session, alert_key: str, owner: str, departments: Collection[str], by: str, reason: str) -> str:
    """Make another department responsible for an alert; returns the decision's key. Raises DecisionError.

    Its team is notified of the alert as of a new one; the team before learns once who has it now, and no more.
    """
    _require_open(session, alert_key)
    if owner not in departments:
        raise DecisionError("unknown_owner", owner=owner, known=sorted(departments))
    return _enter(session, Decision(kind="assign", alert_key=alert_key, by=by, reason=reason, owner=owner))


def dismiss(session: Session, alert_key: str, by: str, reason: str) -> None:
    """Decide to do nothing about an alert: it is not repeated until it is resolved. Raises DecisionError."""
    _require_open(session, alert_key)
    _enter(session, Decision(kind="dismiss", alert_key=alert_key, by=by, reason=reason))


def comment(session: Session, alert_key: str, by: str, text: str, form: str = "") -> None:
    """Add a comment to an alert's history, also of one that is over. Raises DecisionError.

    ``form``: number of the form that it was written in; one that is sent twice comments once.
    """
    if session.get(Alert, alert_key) is None:
        raise DecisionError("no_such_alert", key=alert_key)
    _enter(session, Decision(kind="comment", alert_key=alert_key, by=by, reason=text), form)


def _require_open(session: Session, alert_key: str) -> None:
    alert = session.get(Alert, alert_key)
    if alert is None:
        raise DecisionError("no_such_alert", key=alert_key)
    if alert.state != "firing":
        raise DecisionError("alert_not_open", key=alert_key, state=alert.state)


def silence(session: Session, what: Silence, night: date, at: datetime | None = None) -> str:
    """Silence matching alerts for at most 30 days; returns the decision's key. Raises DecisionError.

    ``at``: time of the decision, UTC; default now.
    """
    if not night <= what.until <= night + LONGEST:
        raise DecisionError("silence_too_long", first=night, last=night + LONGEST)
    if (what.rule, what.shop, what.entity) == ("*", "*", "*"):
        raise DecisionError("silence_of_everything")
    matcher = what.model_dump_json()
    return _enter(session, Decision(kind="silence", matcher=matcher, by=what.by, reason=what.reason, at=at))


def lift(session: Session, key: str, by: str, reason: str) -> None:
    """Take back a silence or a decision about an alert, unless that was done already. Raises DecisionError.

    ``key``: the decision's, or an alert's to take back its latest acknowledgement or dismissal, else its new owner.
    """
    latest = acknowledgements(session).get(key) or assignments(session).get(key)
    decision = session.get(Decision, latest.key if latest else key)
    if decision is None or decision.kind not in LIFTED:
        raise DecisionError("nothing_to_lift", key=key)
    if not _is_lifted(session, decision):
        _enter(session, Decision(kind="lift", lifts=decision.key, by=by, reason=reason))


def silences(session: Session, include: Path) -> list[Silence]:
    """Silences that were not lifted: people's decisions, and the entries of ``include/rules/silences.yaml``."""
    decisions = session.scalars(select(Decision).order_by(Decision.at)).all()
    lifted = {decision.lifts for decision in decisions if decision.kind == "lift"}
    unlifted = [
        Silence.model_validate_json(decision.matcher or "")
        for decision in decisions
        if decision.kind == "silence" and decision.key not in lifted
    ]
    return [*unlifted, *read_silences(include)[0]]


def is_silent(quiet: Iterable[Silence], rule: str, shop: str, entity: str, night: date) -> bool:
    """True if any silence covers the alert on the night."""
    return any(one.fits(rule, shop, entity, night) for one in quiet)


def acknowledgements(session: Session) -> dict[str, Acknowledgement]:
    """The latest acknowledgement or dismissal of each alert that was not taken back, by alert key."""
    kinds = Decision.kind.in_((*ANSWERS, "lift"))
    rows = session.scalars(select(Decision).where(kinds).order_by(Decision.at)).all()
    lifted = {row.lifts for row in rows}
    return {
        row.alert_key or "": Acknowledgement(
            row.by, row.reason, row.plan, row.at.date(), row.kind == "dismiss", row.key
        )
        for row in rows
        if row.kind != "lift" and row.key not in lifted
    }


def assignments(session: Session) -> dict[str, Assignment]:
    """The latest change of each alert's owner that was not taken back, by alert key."""
    kinds = Decision.kind.in_(("assign", "lift"))
    rows = session.scalars(select(Decision).where(kinds).order_by(Decision.at)).all()
    lifted = {row.lifts for row in rows}
    return {
        row.alert_key or "": Assignment(row.owner or "", row.by, row.reason, row.at.date(), row.key)
        for row in rows
        if row.kind == "assign" and row.key not in lifted
    }


def read_silences(include: Path) -> tuple[list[ReviewedSilence], list[Fault]]:
    """Silences of ``include/rules/silences.yaml``, and its faults. An invalid entry does not affect the others."""
    path = include / "rules" / "silences.yaml"
    if not path.exists():
        return [], []
    listed = read_list(
        path, ReviewedSilence, "reason", "write a list of silences, each with since, until, reason and by"
    )
    return list(listed.entries.values()), listed.faults


def _enter(session: Session, decision: Decision, form: str = "") -> str:
    """Add a signed decision, unless an identical one is in force; returns the key of the one in force.

    ``form``: number of the form that it was written in; one that is sent twice is entered once. Raises DecisionError.
    """
    decision.by, decision.reason = decision.by.strip(), decision.reason.strip()
    decision.plan = (decision.plan or "").strip()
    if not decision.reason or not decision.by:
        raise DecisionError("decision_unsigned")
    if standing := _standing(session, decision):
        return standing
    decision.at = decision.at or now()
    once = form or decision.at.isoformat()
    decision.key = short_hash(decision.kind, decision.by, decision.alert_key, decision.matcher, decision.lifts, once)
    if session.get(Decision, decision.key) is None:
        session.add(decision)
    return decision.key


def _standing(session: Session, decision: Decision) -> str | None:
    """Key of an identical decision that is still the latest, else None. A comment may be made again."""
    if decision.kind == "comment":
        return None
    rivals = ANSWERS if decision.kind in ANSWERS else (decision.kind,)
    fits = select(Decision).where(Decision.kind.in_(rivals), Decision.matcher == decision.matcher)
    fits = fits.where(Decision.alert_key == decision.alert_key, Decision.lifts == decision.lifts)
    last = session.scalars(fits.order_by(Decision.at.desc()).limit(1)).first()
    if last is None or _is_lifted(session, last):
        return None
    is_same = all(
        getattr(last, column) == getattr(decision, column) for column in ("kind", "by", "reason", "plan", "owner")
    )
    return last.key if is_same else None


def _is_lifted(session: Session, decision: Decision) -> bool:
    return session.scalars(select(Decision.key).where(Decision.lifts == decision.key)).first() is not None
