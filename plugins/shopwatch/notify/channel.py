"""The protocol of a channel, and the channel that an address belongs to.

A channel is a module of ``notify/channels`` with a function ``deliver``. It knows nothing of alerts, teams, retries or
earlier notifications: the outbox handles those.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Protocol, cast

from shopwatch.core.errors import ShopwatchError
from shopwatch.core.settings import Settings
from shopwatch.store.outbox import Outcome

MAIL, FILE = "smtp", "file"
_NAMED = re.compile(r"([a-z][a-z0-9_]*):(.+)", re.DOTALL)


class UnknownChannelError(ShopwatchError, ValueError):
    """No module of ``notify/channels`` has the name."""


class UncertainDeliveryError(OSError):
    """The connection broke between the message and the answer: it may have been accepted."""


@dataclass(frozen=True)
class Envelope:
    """One message of the outbox: its key, the whole mail (subject, text and HTML), and the settings for its way.

    ``smtp_url`` is the mail server in use, None where there is none.
    """

    key: str
    content: bytes
    settings: Settings
    smtp_url: str | None


class Channel(Protocol):
    """A way to people."""

    def deliver(self, envelope: Envelope, recipients: Sequence[str]) -> dict[str, Outcome]:
        """Hand the message over; returns the outcome of each recipient.

        Raises OSError where the channel is down, so that nobody got it, and UncertainDeliveryError where somebody may
        have. No error contains a secret.
        """
        ...


def channel_name(address: str, smtp_url: str | None) -> str:
    """``webhook:ops`` belongs to webhook; an e-mail address to smtp, or to file where there is no server."""
    named = _NAMED.fullmatch(address)
    return named[1] if named else MAIL if smtp_url else FILE


def load_channel(name: str) -> Channel:
    """The channel of that name. Raises UnknownChannelError."""
    try:
        module: ModuleType = import_module(f"shopwatch.notify.channels.{name}")
    except ModuleNotFoundError as error:
        raise UnknownChannelError(f"no channel is called {name}: add notify/channels/{name}.py") from error
    return cast(Channel, module)


def bare_address(address: str) -> str:
    """The address without its channel: ``ops`` of ``webhook:ops``."""
    named = _NAMED.fullmatch(address)
    return named[2] if named else address
