"""The channel that needs no server: each mail is an .eml file in the outbox folder."""

from __future__ import annotations

from collections.abc import Sequence

from shopwatch.core.durable import private_folder, write_whole
from shopwatch.notify.channel import Envelope
from shopwatch.store.outbox import ACCEPTED, Outcome


def deliver(envelope: Envelope, recipients: Sequence[str]) -> dict[str, Outcome]:
    """Write the mail whole or not at all; the same mail again is the same file. It is on the disk when this returns."""
    private_folder(envelope.settings.outbox)
    write_whole(envelope.settings.outbox / f"{envelope.key.replace('/', '-')}.eml", envelope.content)
    return dict.fromkeys(recipients, ACCEPTED)
