"""A sample digest, to try a team's channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team
from shopwatch.charts.history import HistoryPoint
from shopwatch.core.errors import DeclarationError
from shopwatch.core.i18n import words
from shopwatch.core.links import today_address
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import closest
from shopwatch.notify.attempt import DeliveryRun, recipient_groups
from shopwatch.notify.channel import Envelope, require_known_channels
from shopwatch.notify.mail import render
from shopwatch.notify.message import Card, Digest
from shopwatch.notify.summary import summarize, to_json
from shopwatch.store.outbox import Outcome

STOCK = (14.0, 12.0, 7.0)
LIMIT = 10.0


def send_sample(settings: Settings, name: str, night: date, smtp_url: str | None = None) -> dict[str, Outcome]:
    """Send a digest with two made-up alerts to each recipient of a team, past the outbox; returns the outcomes.

    ``smtp_url`` is used if the settings have none. Raises DeclarationError for an unknown team or channel.
    """
    catalog = Catalog(settings)
    require_known_channels(catalog)
    teams = {team.team: team for team in catalog.teams}
    if name not in teams:
        raise DeclarationError(f"no team is called {name!r}{closest(name, teams)}")
    team = teams[name]
    digest = sample_digest(settings, team, night)
    message = render(digest, settings.include, settings.mail_from)
    summary = to_json(summarize(digest, words(settings.include, team.language)))
    url = settings.smtp_url.get_secret_value() if settings.smtp_url else smtp_url
    envelope = Envelope(f"{night}-{name}-sample", message.as_bytes(), settings, url, summary)
    run, outcomes = DeliveryRun(), dict[str, Outcome]()
    for group in recipient_groups(team.recipients, url):
        outcomes |= run.deliver(envelope, group)
    return outcomes


def sample_digest(settings: Settings, team: Team, night: date) -> Digest:
    """A digest in the team's language that calls itself a test, with a critical alert and a warning."""
    say = words(settings.include, team.language)
    days = [night - timedelta(days=2 - place) for place in range(len(STOCK))]
    critical = Card(
        key="sample",
        rule=say("sample_metric"),
        news="new",
        severity="critical",
        shop="sample",
        shop_title=say("sample_shop"),
        entity_type="sku",
        entity="SAMPLE-01",
        name=say("sample_product"),
        metric="available_stock",
        metric_title=say("sample_metric"),
        unit="pieces",
        breach="at_most",
        threshold=LIMIT,
        value=STOCK[-1],
        numerator=None,
        denominator=None,
        numerator_title="",
        denominator_title="",
        grain="day",
        since=night,
        period=night,
        history=tuple(
            HistoryPoint(day, value, "breach" if value <= LIMIT else "ok")
            for day, value in zip(days, STOCK, strict=True)
        ),
        at_stake=Decimal("2024.00"),
        at_stake_title="",
        currency="CNY",
        owner=team.team,
        message="",
        action=say("sample_action"),
        manual="",
        link=today_address(settings),
    )
    warning = replace(critical, key="sample-2", severity="warning", entity="SAMPLE-02", at_stake=Decimal("756.50"))
    title = say("sample_team", team=team.team)
    return Digest(
        title, team.language, night, team.to, (critical, warning), (), (), link=today_address(settings), most=team.most
    )
