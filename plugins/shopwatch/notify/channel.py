"""Protocol of a delivery channel, and the mapping of addresses to channels.

A channel is a module of ``notify/channels`` with a function ``deliver``. It knows nothing of alerts, teams, retries or
earlier notifications: the outbox handles those.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Protocol, cast

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.errors import DeclarationError, ShopwatchError
from shopwatch.core.settings import Settings
from shopwatch.core.strict_yaml import closest
from shopwatch.notify import channels
from shopwatch.store.outbox import Outcome

MAIL, FILE = "smtp", "file"
_NAMED = re.compile(r"([a-z][a-z0-9_]*):(.+)", re.DOTALL)


class UnknownChannelError(ShopwatchError, ValueError):
    """No module of ``notify/channels`` has this name."""


class ChannelDownError(OSError):
    """The channel's server cannot be used: it accepts no message for any recipient."""


class UncertainDeliveryError(OSError):
    """The connection broke before the server answered: the message may have been accepted."""


@dataclass(frozen=True)
class Envelope:
    """One message of the outbox: its key, the complete mail (subject, text and HTML), and the delivery settings.

    ``smtp_url``: the mail server in use, or None. ``summary``: the digest in short (``notify/summary.py``), as JSON;
    None for other mails.
    """

    key: str
    content: bytes
    settings: Settings
    smtp_url: str | None
    summary: str | None = None


class Channel(Protocol):
    """A delivery channel."""

    def deliver(self, envelope: Envelope, recipients: Sequence[str]) -> dict[str, Outcome]:
        """Deliver the message; returns the outcome of each recipient.

        Raises OSError if nobody received the message, ChannelDownError if nobody could receive any,
        UncertainDeliveryError if somebody may have received it. No error contains a secret.
        """
        ...


def channel_name(address: str, smtp_url: str | None) -> str:
    """Channel of an address: webhook for ``webhook:ops``; smtp for an e-mail address, or file without a server."""
    named = _NAMED.fullmatch(address)
    return named[1] if named else MAIL if smtp_url else FILE


def require_known_channels(catalog: Catalog) -> None:
    """Raise DeclarationError naming the team, if one has a channel that does not exist."""
    known = [found.name for found in iter_modules(channels.__path__)]
    for team in catalog.teams:
        for name in team.channels:
            if name not in known:
                path = catalog.include / "rules" / "routes.yaml"
                raise DeclarationError(f"{path}: {team.team}: unknown channel `{name}`{closest(name, known)}")


def load_channel(name: str) -> Channel:
    """Load a channel by name. Raises UnknownChannelError, or any error of a module that cannot be imported."""
    path = f"shopwatch.notify.channels.{name}"
    try:
        module: ModuleType = import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:  # the module is there, a package that it imports is not
            raise
        raise UnknownChannelError(f"no channel is called {name}: add notify/channels/{name}.py") from error
    return cast(Channel, module)


def bare_address(address: str) -> str:
    """Address without its channel: ``ops`` for ``webhook:ops``."""
    named = _NAMED.fullmatch(address)
    return named[2] if named else address
