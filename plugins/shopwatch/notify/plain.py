"""Short mails that are no digest: a failed night, and the weekly review with its page and workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from sqlalchemy.orm import Session

from shopwatch.alerts import now, open_store, short_hash
from shopwatch.notify.tell import post
from shopwatch.rules.teams import Team, load_teams
from shopwatch.settings import Settings
from shopwatch.texts import words

MAIL_TIME = timezone(timedelta(hours=8))


def post_review(
    settings: Settings, page: Path, workbooks: Sequence[Path] = (), at: datetime | None = None
) -> list[str]:
    """Put the page of a week (``review-2026-W46.html``) and its workbooks into every team's outbox, once.

    It goes out in the team's hours from ``at`` on (UTC; default: now). Returns the teams.
    """
    week_start = datetime.strptime(f"{page.stem}-1", "review-%G-W%V-%u").date()
    week_end = week_start + timedelta(days=6)
    teams = load_teams(settings.include)
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        for team in teams:
            say = words(settings.include, team.language)
            week = say.period(week_start, "week")
            message = _message(
                settings, team, say("review_subject", week=week), say("review_text", week=week), week_end
            )
            message.add_attachment(page.read_bytes(), maintype="text", subtype="html", filename=page.name)
            for book in workbooks:
                kind = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
                message.add_attachment(book.read_bytes(), maintype="application", subtype=kind, filename=book.name)
            message.set_boundary(short_hash("review", team.team, week_start))
            key = f"{page.stem}-{team.team}"
            due = team.not_before(at or now())
            post(session, key, team.team, week_end, message.as_bytes(), due)
    return [team.team for team in teams]


def post_failure(settings: Settings, task: str, run: str, error: str, night: date) -> list[str]:
    """Tell those who look after the data that a task failed, once a run and task; returns the teams.

    Their hours do not hold it: what keeps a night from being told cannot wait for the morning.
    """
    teams = [team for team in load_teams(settings.include) if team.data]
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        for team in teams:
            say = words(settings.include, team.language)
            text = say("failure_text", task=task, run=run, error=error)
            message = _message(settings, team, say("failure_subject", task=task, night=night), text, night)
            post(
                session,
                f"{night}-failed-{short_hash(run, task)}-{team.team}",
                team.team,
                night,
                message.as_bytes(),
            )
    return [team.team for team in teams]


def _message(settings: Settings, team: Team, subject: str, text: str, day: date) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = settings.mail_from
    message["To"] = ", ".join(team.to)
    message["Date"] = format_datetime(datetime.combine(day + timedelta(days=1), time(8), MAIL_TIME))
    message["Message-ID"] = f"<shopwatch-{short_hash(subject, team.team, day)}@shopwatch>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
