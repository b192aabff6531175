"""The file channel: writes each mail as an .eml file to the outbox folder, without a server."""

from __future__ import annotations

from collections.abc import Sequence

from shopwatch.core.durable import private_folder, write_whole
from shopwatch.notify.channel import Envelope
from shopwatch.store.outbox import ACCEPTED, Outcome


def deliver(envelope: Envelope, recipients: Sequence[str]) -> dict[str, Outcome]:
    """Write the mail atomically and durably; the same mail always goes to the same file."""
    private_folder(envelope.settings.outbox)
    write_whole(envelope.settings.outbox / f"{envelope.key.replace('/', '-')}.eml", envelope.content)
    return dict.fromkeys(recipients, ACCEPTED)
