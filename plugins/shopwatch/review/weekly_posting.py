"""Posting of the weekly mail: the week in every team's mail, page and workbooks attached to one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from jinja2 import Environment
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team
from shopwatch.core.i18n import page_words, words
from shopwatch.core.settings import Settings
from shopwatch.core.templating import template_environment
from shopwatch.notify.mail import COLOURS
from shopwatch.notify.notices import notice
from shopwatch.notify.subject import shops_of
from shopwatch.review.page import enough_visitors
from shopwatch.review.tables import ReviewError, Tables, read_tables, report_name
from shopwatch.review.weekly_mail import WeeklyMail, weekly_mail
from shopwatch.store.outbox import post
from shopwatch.store.tables import OutboxMail, now, open_store, short_hash

WORKBOOK = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"

NOTHING = WeeklyMail(week="", partial="", shops=(), briefs=(), titles=(), silent=(), link="")
"""The mail if nothing is published any more: it then has the files alone."""


def post_review(
    settings: Settings, page: Path, workbooks: Sequence[Path] = (), at: datetime | None = None
) -> list[str]:
    """Post the week of a page (``review-2026-W46.html``) to the outbox of every team that wants it, once.

    The body has the key figures of the team's shops. Page and workbooks are attached for the teams with
    ``review: files``; if no team has it, for the first that gets the mail. It is sent within the team's hours from
    ``at`` on (UTC; default now). Returns the teams.
    """
    week_start = datetime.strptime(f"{page.stem}-1", "review-%G-W%V-%u").date()
    catalog = Catalog(settings)
    teams = [team for team in catalog.teams if team.review != "never"]
    receivers = [team for team in teams if team.review == "files"] or teams[:1]
    tables = _tables(catalog, week_start)
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        for team in teams:
            content = weekly_mail(tables, catalog, team) if tables else NOTHING
            files = [page, *workbooks] if team in receivers else []
            message = _message(catalog, team, week_start, content, files, receivers)
            mail = OutboxMail(
                key=f"{page.stem}-{team.team}",
                team=team.team,
                night=_sunday(week_start),
                content=message.as_bytes(),
                not_before=team.not_before(at or now()),
            )
            post(session, mail, team.recipients)
    return [team.team for team in teams]


def _tables(catalog: Catalog, week_start: date) -> Tables | None:
    """Published tables of the week; None if they are gone."""
    try:
        return read_tables(catalog.settings.published, week_start, enough_visitors(catalog.rules.values()))
    except ReviewError:
        return None


def _sunday(week_start: date) -> date:
    return week_start + timedelta(days=6)


def _message(
    catalog: Catalog,
    team: Team,
    week_start: date,
    content: WeeklyMail,
    files: Sequence[Path],
    receivers: Sequence[Team],
) -> EmailMessage:
    say = words(catalog.include, team.language)
    others = say("comma_of_list").join(one.team for one in receivers)
    where = say("review_files") if files else say("review_files_of", teams=others)
    period = say.period(week_start, "week")
    subject = " · ".join(filter(None, (say("review_subject", week=period), shops_of(content.titles, say))))
    jinja = _environment(catalog.include / "mail")
    values = {"mail": content, "say": say, "w": page_words(catalog.include, team.language), "where": where}
    values |= {"week": period, "team": team.team, "lang": "zh-CN" if team.language == "zh" else "en"}
    text = jinja.get_template("weekly.txt.j2").render(values)
    html = jinja.get_template("weekly.html.j2").render(values | COLOURS)
    key = f"{report_name(week_start)}-{team.team}"
    message = notice(catalog.settings, team, key, subject, _blank_lines(text), _sunday(week_start))
    message.add_alternative(re.sub(r"\n\s*", "\n", html), subtype="html")
    message.set_boundary(f"=_{short_hash('review-text', team.team, week_start)}")
    for path in files:
        kind = ("text", "html") if path.suffix == ".html" else ("application", WORKBOOK)
        message.add_attachment(path.read_bytes(), maintype=kind[0], subtype=kind[1], filename=path.name)
    if files:
        message.set_boundary(f"=_{short_hash('review', team.team, week_start)}")
    return message


@cache
def _environment(folder: Path) -> Environment:
    return template_environment(folder)


def _blank_lines(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip() + "\n"
