"""The pages read whole nights, the newest, and hold no older one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from shop import browser

from shopwatch.core.settings import Settings
from shopwatch.web.published import NothingPublishedError, published


def publish(settings: Settings, day: str) -> None:
    fresh = settings.home / "fresh.duckdb"
    with duckdb.connect(fresh) as con:
        con.execute("create schema meta")
        con.execute("create table meta.night as select cast($1 as date) as night", [day])
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
    with published(settings, None) as before:
        publish(settings, "2026-11-15")
        with published(settings, None) as after:
            assert (before.night.day, after.night.day) == (14, 15)
    assert held(settings.home) == [str(settings.published)]


def test_a_request_that_fails_lets_go_of_the_night_too(settings: Settings) -> None:
    publish(settings, "2026-11-14")
    with pytest.raises(ZeroDivisionError), published(settings, None):
        raise ZeroDivisionError
    publish(settings, "2026-11-15")
    with published(settings, None) as night:
        assert night.night.day == 15
    assert held(settings.home) == [str(settings.published)]


def test_a_night_of_an_older_version_is_explained_on_the_page(settings: Settings) -> None:
    publish(settings, "2026-11-14")
    answer = browser(settings).get("today")
    assert answer.status_code == 503
    assert "published night cannot be read" in answer.text
    assert "run nightly_watch now" in answer.text


def test_a_night_is_attached_once_for_many_requests_side_by_side(settings: Settings) -> None:
    publish(settings, "2026-11-13")

    def read(_: int) -> tuple[int, str]:
        with published(settings, None) as night:
            row = night.con.execute("select current_database()").fetchone()
            assert row is not None
            return night.night.day, row[0]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read, range(40)))) == 1
        reading = [pool.submit(read, n) for n in range(40)]
        publish(settings, "2026-11-14")
        days = {future.result()[0] for future in reading}
    assert days <= {13, 14}
    assert read(0)[0] == 14
    assert held(settings.home) == [str(settings.published)]


def test_nothing_can_be_written(settings: Settings) -> None:
    publish(settings, "2026-11-14")
    with published(settings, None) as night, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        night.con.execute("delete from meta.night")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_before_the_first_night_and_in_a_broken_file_there_is_nothing(settings: Settings) -> None:
    with pytest.raises(NothingPublishedError), published(settings, None):
        pass
    settings.published.parent.mkdir()
    settings.published.write_text("no database")
    with pytest.raises(NothingPublishedError), published(settings, None):
        pass
