"""Delivery attempts of one run, over the channel of each recipient."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from shopwatch.notify.channel import (
    FILE,
    ChannelDownError,
    Envelope,
    UncertainDeliveryError,
    UnknownChannelError,
    channel_name,
    load_channel,
)
from shopwatch.store.outbox import Outcome

NO_OUTCOME = Outcome("waiting", "the channel returned no outcome for the recipient", is_uncertain=True)
MOST_FAILURES = 3
"""Failed attempts after which a channel counts as down: each may have taken its whole time-out."""


@dataclass
class DeliveryRun:
    """Attempts of one run. What fails in it is left alone until the next: nobody else's mail waits for it again.

    ``failed``: address -> reason why it waits. ``down``: channel -> error that affects all its messages.
    """

    failed: dict[str, str] = field(default_factory=dict)
    down: dict[str, str] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Failed attempts of each channel."""

    def obstacle(self, address: str, smtp_url: str | None) -> str | None:
        """Reason to make no further attempt in this run, else None."""
        return self.down.get(channel_name(address, smtp_url)) or self.failed.get(address)

    def deliver(self, envelope: Envelope, group: Sequence[str]) -> dict[str, Outcome]:
        """Try to deliver the message to recipients of one channel. Raises nothing: each failure is an outcome."""
        name = channel_name(group[0], envelope.smtp_url)
        try:
            answered = load_channel(name).deliver(envelope, group)
        except UnknownChannelError as error:
            return dict.fromkeys(group, Outcome("refused", str(error)))
        except OSError as error:
            is_down = isinstance(error, ChannelDownError) or name == FILE
            reason = str(error) if type(error) is ChannelDownError else f"{type(error).__name__}: {error}"
            self.failed |= dict.fromkeys(group, reason)
            self.failures[name] += 1
            if is_down or self.failures[name] >= MOST_FAILURES:
                self.down[name] = reason
            return dict.fromkeys(group, Outcome("waiting", reason, isinstance(error, UncertainDeliveryError)))
        except (
            Exception
        ) as error:  # the message is kept for another attempt, whatever its content or the channel raises
            return dict.fromkeys(group, Outcome("waiting", f"{type(error).__name__}: {error}"))
        outcomes = {address: answered.get(address, NO_OUTCOME) for address in group}
        self.failed |= {one: outcome.reason for one, outcome in outcomes.items() if outcome.state == "waiting"}
        return outcomes


def recipient_groups(recipients: Sequence[str], smtp_url: str | None, *, one_by_one: bool = False) -> list[list[str]]:
    """Recipients that share a session: those of one channel and mail host, or each alone if ``one_by_one``."""
    if one_by_one:
        return [[one] for one in recipients]
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for address in recipients:
        groups[channel_name(address, smtp_url), address.rpartition("@")[2].lower()].append(address)
    return [sorted(group) for group in groups.values()]
