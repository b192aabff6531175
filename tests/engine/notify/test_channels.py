"""Channels: one module is enough, a team may have several, and one that is down holds up no other."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from shopwatch.catalog.teams import Team
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.notify import channels
from shopwatch.notify.delivery import deliver_due
from shopwatch.notify.posting import post_digests
from shopwatch.store.outbox import post
from shopwatch.store.tables import OutboxMail, Recipient, now, open_store
from watching import include_with

NIGHT = date(2026, 11, 15)
MODULE = """
from shopwatch.notify.channel import bare_address
from shopwatch.store.outbox import ACCEPTED, Outcome

GOT = []

def deliver(envelope, recipients):
    if "down" in recipients[0]:
        raise ConnectionRefusedError("nobody listens")
    if "silent" in recipients[0]:
        return {"somebody else": ACCEPTED}
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
            post(session, OutboxMail(key="k", team="team", night=NIGHT, content=mail), ["a@example.com", *recipients])
        deliver_due(settings, at=now() + timedelta(minutes=1))
        with Session(engine) as session:
            found = session.query(Recipient).filter(Recipient.mail_key == "k")
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


def test_a_group_that_always_fails_keeps_no_other_of_its_channel_waiting(pigeon: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    found = states(settings, [f"{pigeon}:down", f"{pigeon}:loft"])
    assert [found[f"{pigeon}:{group}"][0] for group in ("down", "loft")] == ["waiting", "accepted"]


def test_a_recipient_without_an_outcome_is_given_up_in_the_end(pigeon: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert "no outcome" in str(states(settings, [f"{pigeon}:silent"])[f"{pigeon}:silent"])
    for hours in (1, 2):
        deliver_due(settings, at=now() + timedelta(hours=hours))
    with open_store(settings) as engine, Session(engine) as session:
        assert session.get_one(Recipient, ("k", f"{pigeon}:silent")).state == "uncertain"


def test_a_channel_whose_import_fails_is_tried_again(pigeon: str, tmp_path: Path) -> None:
    (tmp_path / f"{pigeon}.py").write_text("import lost_package\n", "utf-8")
    found = states(Settings(home=tmp_path / "home"), [f"{pigeon}:loft"])
    assert found[f"{pigeon}:loft"] == ("waiting", "ModuleNotFoundError: No module named 'lost_package'")


def test_a_misspelled_channel_is_named_before_a_night_counts_its_news_as_sent(tmp_path: Path) -> None:
    include = include_with(tmp_path, routes="[{team: Data, data: true, channels: {flie: [x]}}]")
    with pytest.raises(DeclarationError, match=r"Data: unknown channel `flie` \(did you mean `file`\?\)"):
        post_digests(Settings(home=tmp_path / "home", include=include), NIGHT)


def test_a_team_has_addresses_on_several_channels() -> None:
    team = Team.model_validate({"team": "t", "to": ["a@example.com"], "channels": {"pigeon": ["loft", "tower"]}})
    assert team.recipients == ("a@example.com", "pigeon:loft", "pigeon:tower")
    with pytest.raises(ValueError, match="names nobody"):
        Team.model_validate({"team": "t"})
