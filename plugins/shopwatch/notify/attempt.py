"""One attempt to deliver one message to some recipients, over the channel of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from shopwatch.notify.channel import Envelope, UncertainDeliveryError, UnknownChannelError, channel_name, load_channel
from shopwatch.store.outbox import Outcome

NO_OUTCOME = Outcome("waiting", "the channel returned no outcome for the recipient", is_uncertain=True)


@dataclass
class Attempt:
    """Outcome of each recipient. ``down``: channel -> error of its server or disk, which affects all messages."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    down: dict[str, str] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        return any(outcome.state == "accepted" for outcome in self.outcomes.values())


def attempt_delivery(envelope: Envelope, recipients: Sequence[str], *, one_by_one: bool = False) -> Attempt:
    """Try to deliver the message to each recipient. Raises nothing: each failure is an outcome.

    Recipients of one mail host share a session, or have one each if ``one_by_one``.
    """
    attempt = Attempt()
    for group in [[one] for one in recipients] if one_by_one else _by_host(recipients, envelope.smtp_url):
        name = channel_name(group[0], envelope.smtp_url)
        if name in attempt.down:
            attempt.outcomes |= dict.fromkeys(group, Outcome("waiting", attempt.down[name]))
            continue
        try:
            answered = load_channel(name).deliver(envelope, group)
            attempt.outcomes |= {address: answered.get(address, NO_OUTCOME) for address in group}
        except UnknownChannelError as error:
            attempt.outcomes |= dict.fromkeys(group, Outcome("refused", str(error)))
        except Exception as error:  # the message is kept for another attempt, whatever fails: server, disk or content
            reason = f"{type(error).__name__}: {error}"
            is_uncertain = isinstance(error, UncertainDeliveryError)
            attempt.outcomes |= dict.fromkeys(group, Outcome("waiting", reason, is_uncertain))
            if isinstance(error, OSError):
                attempt.down[name] = reason
    return attempt


def _by_host(recipients: Sequence[str], url: str | None) -> list[list[str]]:
    """Group recipients by channel and mail host: a failing host does not affect the others."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for address in recipients:
        groups[channel_name(address, url), address.rpartition("@")[2].lower()].append(address)
    return [sorted(group) for group in groups.values()]
