"""A store that is lost, another home's or from an older backup stops the night or is reported, also by healthz."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from postgres_server import postgres
from shopwatch.cli.main import app
from shopwatch.core.errors import StateError
from shopwatch.core.settings import Settings
from shopwatch.ops.health import read_health
from shopwatch.ops.own_store import adopt_store, claim_store, recall, remember_store, require_own_store
from shopwatch.ops.revoke import revoke
from shopwatch.pipeline import load_exports
from shopwatch.store.outbox import post
from shopwatch.store.tables import Night, OutboxMail, now, open_store

FRIDAY = date(2026, 11, 13)
SATURDAY = FRIDAY + timedelta(days=1)
MAIL = b"To: a@example.com\r\nSubject: news\r\n\r\nnews\r\n"


def settings_of(home: Path, store: str | None = None) -> Settings:
    return Settings(home=home, settle_seconds=0, store_url=SecretStr(store) if store else None)


def watch(settings: Settings, night: date, mail: bytes = b"") -> None:
    """What a night records in its store and its home."""
    with open_store(settings) as engine, Session(engine) as session:
        with session.begin():
            claim_store(settings, session)
            session.merge(Night(night=night, judged_at=now()))
            if mail:
                post(session, OutboxMail(key=f"{night}-a", team="a", night=night, content=mail))
        remember_store(settings, session)


def problems(settings: Settings) -> set[str]:
    settings.published.parent.mkdir(exist_ok=True)
    settings.published.touch()
    return {problem for problem in read_health(settings).problems if problem.startswith("store_")}


@pytest.mark.parametrize("is_in_home", [True, False], ids=["in the home", "elsewhere"])
def test_a_lost_store_stops_the_night_until_it_is_restored_or_adopted(is_in_home: bool, tmp_path: Path) -> None:
    path = tmp_path / "home" / "store.sqlite" if is_in_home else tmp_path / "elsewhere.sqlite"
    settings = settings_of(tmp_path / "home", None if is_in_home else f"sqlite:///{path}")
    watch(settings, FRIDAY)
    assert require_own_store(settings) is None
    path.rename(tmp_path / "kept.sqlite")
    assert problems(settings) == {"store_missing"}
    for _ in range(2):
        with pytest.raises(StateError, match=r"nights up to 2026-11-13: all open .* bin/shopwatch adopt"):
            load_exports(settings)
    assert problems(settings) == {"store_missing"}, "an empty store is there now"
    empty = path.rename(tmp_path / "empty.sqlite")
    shutil.copy(tmp_path / "kept.sqlite", path)
    assert require_own_store(settings) is None
    shutil.copy(empty, path)
    for file in path.parent.glob(f"{path.name}-*"):
        file.unlink()
    assert adopt_store(settings) is None
    load_exports(settings)
    assert problems(settings) == set()


def test_a_damaged_store_stops_the_night_and_its_file_is_named(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (tmp_path / "store.sqlite").write_bytes(b"damaged" * 1000)
    with pytest.raises(StateError, match=r"store\.sqlite is damaged \(file is not a database\): .* backup"):
        load_exports(settings)


@pytest.mark.slow
def test_an_emptied_database_of_postgresql_stops_the_night(tmp_path: Path) -> None:
    with postgres() as server:
        settings = settings_of(tmp_path / "home", server.url())
        watch(settings, FRIDAY)
        assert require_own_store(settings) is None
        engine = create_engine(server.url())
        with engine.begin() as connection:
            connection.execute(text("drop schema public cascade"))
            connection.execute(text("create schema public"))
        engine.dispose()
        with pytest.raises(StateError, match="the store is empty"):
            require_own_store(settings)
        assert problems(settings) == {"store_missing"}


def test_two_homes_do_not_share_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    one, other = settings_of(tmp_path / "one", shared), settings_of(tmp_path / "other", shared)
    watch(one, FRIDAY)
    with pytest.raises(StateError, match=rf"belongs to the home {one.home}, not to {other.home}"):
        load_exports(other)
    watch(settings_of(other.home), FRIDAY)  # it has had a store of its own
    with pytest.raises(StateError, match="belongs to the home"):
        load_exports(other)
    assert problems(other) == {"store_foreign"}
    assert require_own_store(one) is None

    monkeypatch.setenv("SHOPWATCH_HOME", str(other.home))
    monkeypatch.setenv("SHOPWATCH_STORE_URL", shared)
    result = CliRunner().invoke(app, ["adopt"])
    assert "it knows nights up to 2026-11-13" in result.output
    assert require_own_store(other) is None
    with pytest.raises(StateError, match="belongs to the home"):
        require_own_store(one)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("mail", [b"", MAIL], ids=["another night", "another mail"])
def test_an_older_store_is_reported_to_the_data_team_once(mail: bytes, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home")
    watch(settings, FRIDAY)
    shutil.copy(settings.home / "store.sqlite", tmp_path / "backup.sqlite")
    newest = FRIDAY if mail else SATURDAY
    watch(settings, newest, mail)
    for file in settings.home.glob("store.sqlite*"):
        file.unlink()
    shutil.copy(tmp_path / "backup.sqlite", settings.home / "store.sqlite")
    assert problems(settings) == {"store_older"}
    for _ in range(2):
        load_exports(settings)
    with open_store(settings) as engine, Session(engine) as session:
        (notice,) = session.scalars(select(OutboxMail)).all()
        assert (notice.team, notice.night) == ("Data", newest)
        assert b"The last night that it knows is 2026-11-13" in notice.content.replace(b"=\r\n", b"")
    watch(settings, newest)
    assert require_own_store(settings) is None, "the next night goes on from there"


def test_a_revoked_night_is_no_older_store(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home")
    watch(settings, FRIDAY)
    watch(settings, SATURDAY, MAIL)
    assert revoke(settings, SATURDAY) == 1
    assert require_own_store(settings) is None


def test_a_first_night_that_was_killed_goes_on(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home", f"sqlite:///{tmp_path / 'store.sqlite'}")
    with open_store(settings) as engine, Session(engine) as session:
        claim_store(settings, session)  # and never committed
    assert require_own_store(settings) is None
    watch(settings, FRIDAY)
    assert require_own_store(settings) is None


@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_text("{")], ids=["lost", "damaged"])
@pytest.mark.parametrize("is_in_home", [True, False], ids=["in the home", "elsewhere"])
def test_a_home_that_forgot_its_store_knows_it_by_its_place_or_has_to_adopt_it(
    is_in_home: bool, lose: Callable[[Path], object], tmp_path: Path
) -> None:
    settings = settings_of(tmp_path / "home", None if is_in_home else f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    watch(settings, FRIDAY)
    lose(settings.home / "home.json")
    if not is_in_home:
        with pytest.raises(StateError, match="run bin/shopwatch adopt"):
            require_own_store(settings)
        assert adopt_store(settings) == FRIDAY
    assert require_own_store(settings) is None
    watch(settings, SATURDAY)
    memory = recall(settings)
    assert memory is not None
    assert memory.night == SATURDAY
    assert problems(settings) == set()
