"""``make run`` after one that broke off: nothing is left half done, and nothing is passed over in silence."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from demo import NIGHTS, write_demo
from night_tools import PROJECT, Process, ask, environment, mails_of, until

RUN = str(PROJECT / "scripts" / "run_nights.py")
NIGHT = NIGHTS[0].isoformat()


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stock lists; the second gives the English merchandise team two alerts."""
    inbox = tmp_path_factory.mktemp("inbox")
    write_demo(inbox, NIGHTS[0], lambda path: path.match("mumian/库存_2026111[23]*.xls"))
    return inbox


def assert_night_is_whole(home: Path) -> None:
    assert ask(home / "published" / "shop.duckdb", "select night::varchar from meta.night") == [(NIGHT,)]
    assert f"{NIGHT}-Merchandise" in mails_of(home)
    with closing(sqlite3.connect(home / "store.sqlite")) as store:
        assert store.execute("select count(*) from outbox where sent_at is null").fetchone() == (0,)


@pytest.mark.slow
@pytest.mark.parametrize("line", [r"\d+ warned", r"review rows", r"published /"])
def test_a_run_that_was_killed_is_taken_up_again(line: str, inbox: Path, tmp_path: Path) -> None:
    killed = Process([RUN], environment(tmp_path, inbox))
    until(lambda: killed.said(line) or killed.popen.poll() is not None, line, pause=0.002)
    killed.kill()
    assert killed.said(line), killed.output
    assert not killed.said(r"\bdone$"), "it had ended"

    again = Process([RUN], environment(tmp_path, inbox))
    assert again.wait() == 0, again.output
    assert again.said("broke off the last time")
    assert_night_is_whole(tmp_path)
    assert len(list((tmp_path / "reports").glob("*.html"))) == 1

    third = Process([RUN], environment(tmp_path, inbox))
    assert third.wait() == 0
    assert third.said("nothing new since the last run")


@pytest.mark.slow
def test_a_mail_server_that_is_away_is_said_at_once_and_the_mails_go_out_with_the_next_run(
    inbox: Path, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    failed = Process([RUN], environment(tmp_path, inbox, SMTP_URL=f"smtp://127.0.0.1:{port}"))
    assert failed.wait() == 1, failed.output
    assert failed.said(r"the night \S+ failed in send_alerts")
    assert ask(tmp_path / "published" / "shop.duckdb", "select night::varchar from meta.night") == [(NIGHT,)]
    assert mails_of(tmp_path) == {}
    with closing(sqlite3.connect(tmp_path / "airflow" / "airflow.db")) as airflow:
        assert airflow.execute("select state from dag_run").fetchall() == [("failed",)]

    again = Process([RUN], environment(tmp_path, inbox))
    assert again.wait() == 0, again.output
    assert_night_is_whole(tmp_path)


def test_an_empty_inbox_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    run = Process([RUN], environment(tmp_path / "home", tmp_path / "inbox"))
    assert run.wait() == 1
    assert run.said("put each shop's exports into its folder")
    assert not run.said("Traceback")
