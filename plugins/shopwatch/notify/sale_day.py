"""Digest of a sale day: what the day so far breaches, each once to a team, and again if it becomes critical."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.entity_names import entity_name
from shopwatch.catalog.rules import measured_unit
from shopwatch.catalog.teams import Team
from shopwatch.core.i18n import Words, number, words
from shopwatch.core.nights import TIMEZONE
from shopwatch.judge.so_far import DayBreach
from shopwatch.notify.data_teams import data_teams
from shopwatch.notify.digest import record_notified
from shopwatch.notify.notices import notice
from shopwatch.store.outbox import free_key, post
from shopwatch.store.tables import NotificationLog, OutboxMail, now, open_store, short_hash

CRITICAL = "critical"


def post_sale_day(catalog: Catalog, breaches: Sequence[DayBreach], moment: datetime) -> int:
    """Post each team's new breaches to the outbox, logged as notified in the same transaction; returns their number.

    Breaches whose owner has no team go to the data teams.
    """
    posted = 0
    taken = {
        breach
        for breach in breaches
        if any(team.takes(catalog.rules[breach.rule].owner, breach.shop) for team in catalog.teams)
    }
    of_data = {team.team for team in data_teams(catalog)}
    with open_store(catalog.settings) as engine:
        for team in catalog.teams:
            own = [
                breach
                for breach in breaches
                if team.takes(catalog.rules[breach.rule].owner, breach.shop)
                or (breach not in taken and team.team in of_data)
            ]
            with Session(engine) as session, session.begin():
                posted += _post(session, catalog, team, own, moment)
    return posted


def _post(session: Session, catalog: Catalog, team: Team, breaches: Sequence[DayBreach], moment: datetime) -> int:
    new = [breach for breach in breaches if _is_news(session, team, breach)]
    if not new:
        return 0
    day, say = new[0].day, words(catalog.include, team.language)
    key, _ = free_key(session, f"{day}-{team.team}-sale-day")
    time = moment.astimezone(ZoneInfo(TIMEZONE)).strftime("%H:%M")
    lines = "\n".join(_line(catalog, say, breach) for breach in new)
    subject = say("sale_day_subject", count=len(new), day=say.day(day), time=time)
    message = notice(catalog.settings, team, key, subject, say("sale_day_text", time=time, lines=lines), day)
    del message["Date"]
    message["Date"] = format_datetime(moment)
    breaks_through = team.critical == "any_day" and any(breach.severity == CRITICAL for breach in new)
    not_before = None if breaks_through else team.not_before(now())
    mail = OutboxMail(key=key, team=team.team, night=day, content=message.as_bytes(), not_before=not_before)
    post(session, mail, team.recipients)
    record_notified(session, team.team, {_topic(breach): breach.severity for breach in new}, day)
    return len(new)


def _topic(breach: DayBreach) -> str:
    return f"sale-day-{breach.day}-{short_hash(breach.rule, breach.shop, breach.entity_type, breach.entity)}"


def _is_news(session: Session, team: Team, breach: DayBreach) -> bool:
    entry = session.get(NotificationLog, (team.team, _topic(breach)))
    return entry is None or (entry.state != CRITICAL and breach.severity == CRITICAL)


def _line(catalog: Catalog, say: Words, breach: DayBreach) -> str:
    rule = catalog.rules[breach.rule]
    unit = measured_unit(rule, catalog.metrics[rule.metric].head.unit)
    shop = catalog.shops[breach.shop].title if breach.shop in catalog.shops else breach.shop
    currency = breach.currency or ""
    return say(
        "sale_day_line",
        severity=say(breach.severity),
        shop=shop,
        rule=rule.title.of(say.language),
        entity=entity_name(catalog, say.language, breach.entity_type, breach.entity, breach.name),
        value=number(breach.value, unit, say.language, near=breach.threshold, currency=currency),
        threshold=number(breach.threshold, unit, say.language, currency=currency),
        action=rule.action.of(say.language),
    )
