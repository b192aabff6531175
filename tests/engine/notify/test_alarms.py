"""Notices of failed tasks while the store is down: each recipient is notified once, over whichever channel."""

from __future__ import annotations

import shutil
import sys
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.notify import channels
from shopwatch.notify.data_teams import remember_data_teams
from shopwatch.notify.delivery import deliver_due
from shopwatch.notify.notices import post_failure
from shopwatch.ops.health import read_health
from shopwatch.store.tables import open_store
from smtp_script import ScriptedServer, scripted
from watching import include_with

NIGHT = date(2026, 11, 13)
AT = datetime(2026, 11, 14)
ROUTES = "[{team: Data, data: true, to: [a@example.com, b@example.com], channels: {horn: [tower]}}]"
MODULE = """
from shopwatch.store.outbox import ACCEPTED

GOT = []

def deliver(envelope, recipients):
    GOT.extend((one, envelope.key) for one in recipients)
    return dict.fromkeys(recipients, ACCEPTED)
"""


@pytest.fixture
def horn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """A channel beside mail; the messages that it got."""
    (tmp_path / "horn.py").write_text(MODULE, "utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "shopwatch.notify.channels.horn", raising=False)
    got: list[tuple[str, str]] = import_module("shopwatch.notify.channels.horn").GOT
    return got


def settings_for(tmp_path: Path, server: ScriptedServer, routes: str = ROUTES) -> Settings:
    return Settings(home=tmp_path / "home", include=include_with(tmp_path, routes=routes), smtp_url=server.url)


def fail(settings: Settings) -> None:
    away = settings.model_copy(update={"store_url": SecretStr("postgresql+psycopg2://nobody@127.0.0.1:1/none")})
    with pytest.raises(OperationalError), open_store(away):
        pass
    assert post_failure(away, "judge_rules", "run", "OperationalError", NIGHT) == ["Data"]


def test_every_channel_of_the_data_team_is_used_without_the_store(horn: list[tuple[str, str]], tmp_path: Path) -> None:
    with scripted() as server:
        settings = settings_for(tmp_path, server, "[{team: Data, data: true, channels: {horn: [tower]}}]")
        for _ in range(2):
            fail(settings)
        deliver_due(settings, at=AT)
    assert [one for one, _ in horn] == ["horn:tower"]


def test_who_got_the_notice_directly_does_not_get_it_from_the_outbox(
    horn: list[tuple[str, str]], tmp_path: Path
) -> None:
    with scripted(**{"rcpt_b@example.com": "451 later"}) as server:
        settings = settings_for(tmp_path, server)
        for _ in range(2):
            fail(settings)
        assert "alarm_unsent" in read_health(settings).problems
        server.replies.clear()
        for hours in range(2):
            deliver_due(settings, at=AT + timedelta(hours=hours))
        assert server.accepted == [["a@example.com"], ["b@example.com"]]
        assert len(horn) == 1
        assert b"X-Shopwatch-Waiting" not in b"".join(server.contents)
    assert "alarm_unsent" not in read_health(settings).problems


def test_an_alarm_that_cannot_be_read_holds_up_no_mail_and_degrades_the_health(tmp_path: Path) -> None:
    with scripted(greeting="421 busy") as server:
        settings = settings_for(tmp_path, server, "[{team: Data, data: true, to: [a@example.com]}]")
        fail(settings)
        (settings.alarms / "0-damaged.eml").write_bytes(b"\0\0\0")
        (settings.alarms / "1-folder.eml").mkdir()
        server.replies.clear()
        deliver_due(settings, at=AT)
        assert server.accepted == [["a@example.com"]]
    assert read_health(settings).alarms == 2


def test_a_lost_folder_of_alarms_is_written_by_the_next_night(tmp_path: Path) -> None:
    with scripted() as server:
        settings = settings_for(tmp_path, server, "[{team: Data, data: true, to: [a@example.com]}]")
        found = []
        for run in ("one", "two"):
            shutil.rmtree(settings.alarms, ignore_errors=True)
            remember_data_teams(settings, Catalog(settings).teams)
            post_failure(settings, "judge_rules", run, "OperationalError", NIGHT)
            assert deliver_due(settings, at=AT).mails == 1
            found.append({path.name: path.read_bytes() for path in settings.alarms.iterdir()})
    assert found[0] == found[1]
    assert found[0].keys() == {"data_teams.json", "mail_server"}


def test_a_disk_that_cannot_be_written_stops_no_mail_for_the_names_of_the_data_teams(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path)
    settings.alarms.write_text("in the way of the folder")
    remember_data_teams(settings, Catalog(settings).teams)
    assert "data_teams.json cannot be written" in caplog.text
