"""What people decide about alerts: acknowledged with a plan, silenced until a day. Judging goes on all the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.core.reasons import CodedError
from shopwatch.core.strict_yaml import Fault, read_list
from shopwatch.store.tables import Alert, Decision, now, short_hash

LONGEST = timedelta(days=30)


class DecisionError(CodedError):
    """A decision that cannot be taken: why is said by code, in both languages."""


class Silence(BaseModel):
    """What is not told: alerts that fit every pattern (``*`` and ``?`` as in file names), until a day, included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = "*"
    shop: str = "*"
    entity: str = "*"
    until: date
    reason: str
    by: str

    def fits(self, rule: str, shop: str, entity: str, night: date) -> bool:
        """Whether an alert is not told on a night."""
        words = ((rule, self.rule), (shop, self.shop), (entity, self.entity))
        return night <= self.until and all(fnmatchcase(word, pattern) for word, pattern in words)


class ReviewedSilence(Silence):
    """One of ``include/rules/silences.yaml``: it also says from when on, so that its length is held there too."""

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
        """Whether an alert is not told on a night."""
        return night >= self.since and super().fits(rule, shop, entity, night)


@dataclass(frozen=True)
class Acknowledged:
    """Who takes care of an alert, why it is as it is, and what is planned."""

    by: str
    reason: str
    plan: str
    on: date


def acknowledge(
    session: Session, alert_key: str, by: str, reason: str, plan: str = "", at: datetime | None = None
) -> None:
    """Take care of an alert until it is resolved: it is not repeated. Raises DecisionError.

    ``at`` is the moment of the decision, UTC, by default now.
    """
    alert = session.get(Alert, alert_key)
    if alert is None:
        raise DecisionError("no_such_alert", key=alert_key)
    if alert.state != "firing":
        raise DecisionError("alert_not_open", key=alert_key, state=alert.state)
    _decide(session, "acknowledge", by, reason, at, alert_key=alert_key, plan=plan)


def silence(session: Session, what: Silence, night: date, at: datetime | None = None) -> str:
    """Keep quiet about what fits, for 30 days at most; returns the decision's key. Raises DecisionError.

    ``at`` is the moment of the decision, UTC, by default now.
    """
    if not night <= what.until <= night + LONGEST:
        raise DecisionError("silence_too_long", first=night, last=night + LONGEST)
    if (what.rule, what.shop, what.entity) == ("*", "*", "*"):
        raise DecisionError("silence_of_everything")
    return _decide(session, "silence", what.by, what.reason, at, matcher=what.model_dump_json())


def lift(session: Session, key: str, by: str, reason: str) -> None:
    """End a silence. Raises DecisionError."""
    decision = session.get(Decision, key)
    if decision is None or decision.kind != "silence":
        raise DecisionError("no_such_silence", key=key)
    _decide(session, "lift", by, reason, lifts=key)


def silences(session: Session, include: Path) -> list[Silence]:
    """Those that people took and nobody lifted, and those of ``include/rules/silences.yaml``."""
    decisions = session.scalars(select(Decision).order_by(Decision.at)).all()
    lifted = {decision.lifts for decision in decisions if decision.kind == "lift"}
    taken = [
        Silence.model_validate_json(decision.matcher or "")
        for decision in decisions
        if decision.kind == "silence" and decision.key not in lifted
    ]
    return [*taken, *read_silences(include)[0]]


def is_silent(quiet: Iterable[Silence], rule: str, shop: str, entity: str, night: date) -> bool:
    """Whether some silence covers the alert on the night."""
    return any(one.fits(rule, shop, entity, night) for one in quiet)


def acknowledgements(session: Session) -> dict[str, Acknowledged]:
    """Alert key -> the last word on it."""
    rows = session.scalars(select(Decision).where(Decision.kind == "acknowledge").order_by(Decision.at)).all()
    return {row.alert_key or "": Acknowledged(row.by, row.reason, row.plan, row.at.date()) for row in rows}


def read_silences(include: Path) -> tuple[list[ReviewedSilence], list[Fault]]:
    """The silences of ``include/rules/silences.yaml``, and what is wrong with the others: each stops only itself."""
    path = include / "rules" / "silences.yaml"
    if not path.exists():
        return [], []
    listed = read_list(
        path, ReviewedSilence, "reason", "write a list of silences, each with since, until, reason and by"
    )
    return list(listed.entries.values()), listed.faults


# many parameters: the columns of a decision, by name
def _decide(
    session: Session,
    kind: str,
    by: str,
    reason: str,
    at: datetime | None = None,
    *,
    alert_key: str | None = None,
    matcher: str | None = None,
    plan: str = "",
    lifts: str | None = None,
) -> str:
    if not reason.strip() or not by.strip():
        raise DecisionError("decision_unsigned")
    said = {"by": by.strip(), "alert_key": alert_key, "matcher": matcher, "plan": plan.strip(), "lifts": lifts}
    if already := _standing(session, kind, reason.strip(), said):
        return already
    at = at or now()
    key = short_hash(kind, by, alert_key, matcher, lifts, at.isoformat())
    session.add(Decision(key=key, kind=kind, reason=reason.strip(), at=at, **said))
    return key


def _standing(session: Session, kind: str, reason: str, said: dict[str, str | None]) -> str | None:
    """The key of the same decision where it is the last word: a form that is sent twice decides once."""
    fits = select(Decision).where(Decision.kind == kind)
    fits = fits.where(Decision.matcher == said["matcher"], Decision.alert_key == said["alert_key"])
    last = session.scalars(fits.where(Decision.lifts == said["lifts"]).order_by(Decision.at.desc()).limit(1)).first()
    if last is None or session.scalars(select(Decision.key).where(Decision.lifts == last.key)).first():
        return None
    same = last.reason == reason and all(getattr(last, name) == value for name, value in said.items())
    return last.key if same else None
