"""The chat channel: DingTalk, WeCom, Feishu, Lark, Slack and Microsoft Teams.

A recipient is the name of a secret that holds the address of a group's robot, as apprise writes it
(``dingtalk://secret@token``) or, where apprise reads it, as the service shows it. apprise reads the address, holds the
service's URL and signs; content, request and answer are ours (docs/decisions/0031-chats.md).
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast
from urllib.parse import unquote, urlsplit

from apprise import Apprise
from apprise.plugins.base import NotifyBase

from shopwatch.core.i18n import words
from shopwatch.notify import chats
from shopwatch.notify.channel import Envelope, UncertainDeliveryError, bare_address
from shopwatch.notify.chats.post import ServiceAnswer, post_json
from shopwatch.notify.summary import Excerpt, Summary, excerpt, from_json, summary_of_mail
from shopwatch.store.outbox import Outcome

SHORTEST_SECRET = 6
"""Characters of a part of an address that is masked, if it has a digit or a capital: the others are words."""


class Service(Protocol):
    """A chat service: a module of ``notify/chats`` with ``ROBOTS``, the classes of apprise that read its addresses."""

    ROBOTS: tuple[type[NotifyBase], ...]

    def payload(self, excerpt: Excerpt) -> dict[str, Any]:
        """The message as the service wants it."""
        ...

    def fits(self, content: dict[str, Any]) -> bool:
        """True if the message is within the service's limits."""
        ...

    def request(self, robot: Any, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """URL and body of the request. Raises ValueError for an address that takes no such message."""
        ...

    def outcome(self, answer: ServiceAnswer) -> Outcome:
        """The meaning of the service's answer."""
        ...


def deliver(envelope: Envelope, recipients: Sequence[str]) -> dict[str, Outcome]:
    """Post the message to each group. A service that fails raises nothing: it concerns no other group."""
    summary = _summary(envelope)
    return {address: _deliver(envelope, summary, bare_address(address)) for address in recipients}


@cache
def _services() -> dict[type, Service]:
    modules = [import_module(f"{chats.__name__}.{found.name}") for found in iter_modules(chats.__path__)]
    services = [cast(Service, module) for module in modules if hasattr(module, "ROBOTS")]
    return {robot: service for service in services for robot in service.ROBOTS}


def _summary(envelope: Envelope) -> Summary:
    if envelope.summary:
        return from_json(envelope.summary)
    return summary_of_mail(envelope.content, envelope.settings.page_url)


def _deliver(envelope: Envelope, summary: Summary, name: str) -> Outcome:
    secret = envelope.settings.secret(name)
    if secret is None:  # tried again: the command line does not know Airflow's connections
        return Outcome("waiting", f"{name} is neither an environment variable nor a connection of Airflow")
    robot = _read_robot(secret.get_secret_value())
    service = _services().get(type(robot))
    if service is None:
        return Outcome("refused", f"{name} holds no address of a chat robot: docs/install.md lists the forms")
    try:
        url, content = service.request(robot, _content(envelope, summary, service))
    except ValueError as error:
        return Outcome("refused", f"{name}: {error}")
    found = _post(service, url, content, secret.get_secret_value())
    return replace(found, reason=f"{urlsplit(url).hostname}: {found.reason}") if found.reason else found


def _post(service: Service, url: str, content: dict[str, Any], address: str) -> Outcome:
    try:
        answer = post_json(url, content)
    except OSError as error:
        return Outcome("waiting", str(error), is_uncertain=isinstance(error, UncertainDeliveryError))
    return service.outcome(replace(answer, text=_masked(answer.text, url, address)))


def _content(envelope: Envelope, summary: Summary, service: Service) -> dict[str, Any]:
    """The message with as many entries as the service takes."""
    say = words(envelope.settings.include, summary.language)

    def content(count: int) -> dict[str, Any]:
        return service.payload(excerpt(summary, count, say))

    every = len(summary.entries)
    if service.fits(whole := content(every)):
        return whole
    too_many = bisect_left(range(every), True, key=lambda count: not service.fits(content(count)))
    return content(max(too_many - 1, 0))


def _read_robot(address: str) -> NotifyBase | None:
    """Read an address; None if it is of no service or malformed. apprise's log, which quotes it, stays silent."""
    logging.getLogger("apprise").disabled = True
    robot = Apprise.instantiate(address.strip())
    return robot if isinstance(robot, NotifyBase) else None


def _masked(text: str, url: str, address: str) -> str:
    """An answer without the secrets of the request, should the service quote them."""
    parts = {part for part in re.split(r"[^\w-]+", f"{address} {unquote(url)}") if len(part) >= SHORTEST_SECRET}
    for secret in sorted((part for part in parts if re.search(r"[\dA-Z]", part)), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
