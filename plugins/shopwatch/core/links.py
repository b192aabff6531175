"""Links to the review pages: relative between pages, absolute in mails."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from shopwatch.core.settings import Settings


def alert_path(key: str) -> str:
    """Path of an alert's page, relative to any other page."""
    return f"alert?{urlencode({'key': key})}"


def entity_path(shop: str, entity_type: str, entity: str) -> str:
    """Path of an entity's page (product, campaign, …), relative to any other page."""
    return f"entity?{urlencode({'shop': shop, 'type': entity_type, 'id': entity})}"


def alert_address(settings: Settings, key: str) -> str:
    """Absolute URL of an alert's page for a mail; empty if ``SHOPWATCH_PAGE_URL`` is not set."""
    return _absolute(settings, alert_path(key)) if settings.page_url else ""


def today_address(settings: Settings) -> str:
    """Absolute URL of the page with all open alerts; empty if ``SHOPWATCH_PAGE_URL`` is not set."""
    return _absolute(settings, "today")


def week_address(settings: Settings, week_start: date, part: str = "") -> str:
    """Absolute URL of a week's page, at the part with this HTML id; empty if ``SHOPWATCH_PAGE_URL`` is not set."""
    return _absolute(settings, f"week?{urlencode({'start': week_start})}{f'#{part}' if part else ''}")


def _absolute(settings: Settings, path: str) -> str:
    return f"{settings.page_url}/{path}" if settings.page_url else ""
