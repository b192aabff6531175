"""Channels: one module is enough, a team may have several, and one that is down holds up no other."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shopwatch.catalog.teams import Team
from shopwatch.core.settings import Settings
from shopwatch.notify import channels
from shopwatch.notify.delivery import deliver_due
from shopwatch.store.outbox import post
from shopwatch.store.tables import Recipient, now, open_store

NIGHT = date(2026, 11, 15)
MODULE = """
from shopwatch.notify.channel import bare_address
from shopwatch.store.outbox import ACCEPTED, Outcome

GOT = []

def deliver(envelope, recipients):
    if "down" in recipients[0]:
        raise ConnectionRefusedError("nobody listens")
    GOT.extend((bare_address(one), envelope.key) for one in recipients)
    return {one: Outcome("refused", "no such group") if "gone" in one else ACCEPTED for one in recipients}
"""


@pytest.fixture
def pigeon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A third channel: one file."""
    name = f"pigeon_{tmp_path.name.replace('-', '_').lower()}"
    (tmp_path / f"{name}.py").write_text(MODULE, "utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    return name


def states(settings: Settings, recipients: list[str]) -> dict[str, tuple[str, str | None]]:
    """The state and last error of each recipient after one delivery."""
    with open_store(settings) as engine:
        with Session(engine) as session, session.begin():
            mail = b"To: a@example.com\r\nSubject: x\r\n\r\nx\r\n"
            post(session, "k", "team", NIGHT, mail, recipients=["a@example.com", *recipients])
        deliver_due(settings, at=now() + timedelta(minutes=1))
        with Session(engine) as session:
            found = session.query(Recipient).filter(Recipient.letter_key == "k")
            return {one.address: (one.state, one.last_error) for one in found}


def test_one_file_is_a_channel(pigeon: str, tmp_path: Path) -> None:
    found = states(Settings(home=tmp_path / "home"), [f"{pigeon}:loft", f"{pigeon}:gone"])
    assert found == {
        "a@example.com": ("accepted", None),
        f"{pigeon}:loft": ("accepted", None),
        f"{pigeon}:gone": ("refused", "no such group"),
    }
    assert (tmp_path / "home" / "outbox" / "k.eml").exists()


def test_a_channel_that_is_down_holds_up_no_other(pigeon: str, tmp_path: Path) -> None:
    found = states(Settings(home=tmp_path / "home"), [f"{pigeon}:down"])
    assert found["a@example.com"] == ("accepted", None)
    assert found[f"{pigeon}:down"] == ("waiting", "ConnectionRefusedError: nobody listens")


def test_an_unknown_channel_is_refused_by_name(tmp_path: Path) -> None:
    state, reason = states(Settings(home=tmp_path / "home"), ["drum:far"])["drum:far"]
    assert state == "refused"
    assert reason == "no channel is called drum: add notify/channels/drum.py"


def test_a_team_has_addresses_on_several_channels() -> None:
    team = Team.model_validate({"team": "t", "to": ["a@example.com"], "channels": {"pigeon": ["loft", "tower"]}})
    assert team.recipients == ("a@example.com", "pigeon:loft", "pigeon:tower")
    with pytest.raises(ValueError, match="names nobody"):
        Team.model_validate({"team": "t"})
