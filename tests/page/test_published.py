"""The pages read whole nights, the newest, and hold none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from shopwatch.page.published import NothingPublishedError, published
from shopwatch.settings import Settings


def publish(settings: Settings, day: str) -> None:
    fresh = settings.home / "fresh.duckdb"
    with duckdb.connect(fresh) as con:
        con.execute("create schema seed")
        con.execute("create table seed.night as select cast($1 as date) as night", [day])
    settings.published.parent.mkdir(exist_ok=True)
    fresh.replace(settings.published)


def held(path: Path) -> list[str]:
    """The files of the folder that this process has open."""
    links = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            links.append(str(number.readlink()))
    return [link for link in links if link.startswith(str(path))]


def test_a_swapped_in_night_is_seen_at_once_and_the_old_one_kept_by_who_reads_it(settings: Settings) -> None:
    publish(settings, "2026-11-14")
    with published(settings) as before:
        publish(settings, "2026-11-15")
        with published(settings) as after:
            assert (before.night.day, after.night.day) == (14, 15)
    assert held(settings.home) == []


def test_a_request_that_fails_lets_go_of_the_night_too(settings: Settings) -> None:
    publish(settings, "2026-11-14")
    with pytest.raises(ZeroDivisionError), published(settings):
        raise ZeroDivisionError
    assert held(settings.home) == []


def test_nothing_can_be_written(settings: Settings) -> None:
    publish(settings, "2026-11-14")
    with published(settings) as night, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        night.con.execute("delete from seed.night")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_before_the_first_night_and_in_a_broken_file_there_is_nothing(settings: Settings) -> None:
    with pytest.raises(NothingPublishedError), published(settings):
        pass
    settings.published.parent.mkdir()
    settings.published.write_text("no database")
    with pytest.raises(NothingPublishedError), published(settings):
        pass
