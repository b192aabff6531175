"""The files of state: for their owner alone, without leftovers of killed runs, backed up, and restored."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy.orm import Session

from files import drop, load_all, order, orders_csv
from night_tools import ENDS, PROJECT, environment, until
from shopwatch.core.settings import Settings
from shopwatch.ingest.check import check_and_settle
from shopwatch.notify.digest import record_notified
from shopwatch.ops.housekeeping import back_up, broken_backups, keep_house
from shopwatch.store.outbox import post
from shopwatch.store.tables import NotificationLog, OutboxMail, open_store
from shopwatch.warehouse.connections import shop_warehouse
from shopwatch.warehouse.publishing import publish

TODAY = date(2026, 11, 16)
NAME = "qinghe/ExportOrderList202611030100.csv"
MAIL = b"From: w@example.com\r\nTo: m@example.com\r\n\r\nnews\r\n"


def told(settings: Settings, key: str, day: date = TODAY) -> None:
    """Write a mail about a topic and mark the topic as told."""
    with open_store(settings) as engine, Session(engine) as session, session.begin():
        post(session, OutboxMail(key=key, team="Data", night=day, content=MAIL))
        record_notified(session, "Data", {key: "notified"}, day)


def filled(settings: Settings) -> Settings:
    """All kinds of state, made under a careless umask."""
    umask = os.umask(0o022)
    try:
        drop(settings, NAME, orders_csv([order(1)]))
        drop(settings, "qinghe/unknown.csv", b"a,b\n1,2\n")
        load_all(settings)
        check_and_settle(settings)
        with shop_warehouse(settings):
            pass
        told(settings, "1-Data")
        publish(settings, TODAY)
        keep_house(settings, TODAY)
    finally:
        os.umask(umask)
    return settings


def open_to_others(home: Path) -> list[str]:
    """What others than the owner may read, write or enter, but for the inbox."""
    found = [path for path in home.rglob("*") if "inbox" not in path.parts and not path.is_symlink()]
    assert len(found) > 15
    return sorted(str(path.relative_to(home)) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077)


def test_all_state_is_its_owners_alone_unless_the_user_shares_what_is_published(settings: Settings) -> None:
    assert open_to_others(filled(settings).home) == []
    settings.share_published = True
    publish(settings, TODAY + timedelta(days=1))
    assert open_to_others(settings.home) == [
        "published",
        "published/shop-2026-11-17.duckdb",
        "published/shop.duckdb",
    ]
    assert stat.S_IMODE(settings.home.stat().st_mode) & 0o077 in (0o011, 0o055)


def test_a_store_that_was_open_to_others_is_closed(settings: Settings) -> None:
    settings.home.mkdir()
    with closing(sqlite3.connect(settings.home / "store.sqlite")) as con:
        con.execute("create table old (a)")
    (settings.home / "store.sqlite").chmod(0o644)
    with open_store(settings):
        assert {stat.S_IMODE(path.stat().st_mode) for path in settings.home.glob("store.sqlite*")} == {0o600}


@pytest.mark.slow
def test_leftovers_of_any_date_go_with_the_next_run(settings: Settings) -> None:
    filled(settings)
    old = time.time() - 2 * 86_400
    for path in (
        settings.published.with_name(".shop-2025-01-01.duckdb.new"),
        settings.published.with_name(".shop.duckdb.new"),
        settings.outbox / ".abc.part",
    ):
        path.write_bytes(b"half")
        os.utime(path, (old, old))
    (settings.backups / ".2025-01-01.part").mkdir()
    (settings.backups / ".2025-01-01.part" / "store.sqlite").write_bytes(b"half")
    publish(settings, TODAY)
    keep_house(settings, TODAY)
    assert [path for path in settings.home.rglob(".*") if path.suffix in (".new", ".part")] == []


def test_the_backup_of_three_days_ago_is_restored_and_the_news_since_is_reported_again(settings: Settings) -> None:
    drop(settings, NAME, orders_csv([order(1)]))
    load_all(settings)
    days = [TODAY + timedelta(days=number) for number in range(4)]
    for day in days:
        told(settings, f"{day}-Data", day)
        keep_house(settings, day)
    key = (settings.home / "pseudonym.key").read_bytes()
    for lost in ("store.sqlite", "pseudonym.key"):  # as docs/install.md says
        (settings.home / lost).unlink()
    for log in settings.home.glob("store.sqlite-*"):
        log.unlink()
    for copy in (settings.backups / days[0].isoformat()).iterdir():
        shutil.copy2(copy, settings.home / copy.name)
    assert (settings.home / "pseudonym.key").read_bytes() == key
    with open_store(settings) as engine, Session(engine) as session:
        assert [mail.key for mail in session.query(OutboxMail)] == [f"{days[0]}-Data"]
        assert [one.topic for one in session.query(NotificationLog)] == [f"{days[0]}-Data"], "the others are news again"
    assert load_all(settings) == {}


@pytest.mark.slow
def test_each_backup_is_opened_and_a_broken_one_is_reported(settings: Settings) -> None:
    drop(settings, NAME, orders_csv([order(1)]))
    load_all(settings)
    told(settings, "1-Data")
    days = [TODAY + timedelta(days=number) for number in range(4)]
    for day in days:
        assert keep_house(settings, day).damage == ()
    store = settings.backups / days[0].isoformat() / "store.sqlite"
    store.write_bytes(store.read_bytes()[:5000])
    (settings.backups / days[1].isoformat() / "store.sqlite").write_bytes(b"")
    (settings.backups / days[2].isoformat() / "pseudonym.key").write_bytes(b"")
    assert [line.partition(" is ")[0].rpartition("/")[2] for line in broken_backups(settings)] == [
        "store.sqlite",
        "store.sqlite",
        "pseudonym.key",
    ]
    assert len(keep_house(settings, days[3]).damage) == 3


def test_a_lost_backup_is_written_the_next_morning(settings: Settings) -> None:
    told(settings, "1-Data")
    keep_house(settings, TODAY)
    shutil.rmtree(settings.backups)
    assert back_up(settings, TODAY + timedelta(days=1))[0] is not None


def test_make_up_says_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = subprocess.run(
            ["bash", PROJECT / "scripts" / "up.sh"],
            env=environment(tmp_path, PORT=str(port)),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert run.returncode == 1
    assert f"port {port} cannot be used" in run.stderr
    assert "PORT=8090 make up" in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_components_of_make_up_find_one_secret_when_they_start(tmp_path: Path) -> None:
    """Each would else make its own on the first start, and the API would refuse the tasks of the scheduler."""
    project, home = tmp_path / "project", tmp_path / "home"
    (project / ".venv" / "bin").mkdir(parents=True)
    for name in ("dags", "plugins", "scripts"):
        (project / name).symlink_to(PROJECT / name)
    stubs = {
        "python": f'exec {sys.executable} "$@"',
        "airflow": f'grep -c "^jwt_secret = ." "$AIRFLOW_HOME/airflow.cfg" >> {tmp_path}/found',
    }
    for name, command in stubs.items():
        stub = project / ".venv" / "bin" / name
        stub.write_text(f"#!/bin/sh\n{command}\n")
        stub.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        env = environment(home, PORT=str(free.getsockname()[1]))
    run = subprocess.run(["bash", project / "scripts" / "up.sh"], env=env, capture_output=True, text=True, timeout=ENDS)
    assert "a component of Airflow has ended" in run.stderr
    assert set((tmp_path / "found").read_text().split()) == {"1"}


def processes_of(home: Path) -> set[int]:
    """The processes whose environment names the home."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"SHOPWATCH_HOME={home}\0".encode() in entry.read_bytes():
                found.add(int(entry.parent.name))
        except OSError:
            continue
    return found


def all_components_run(port: int) -> bool:
    """Whether Airflow's health names its scheduler, triggerer and DAG processor as healthy."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=10) as answer:
            health = json.load(answer)
    except OSError:
        return False
    return all(health[name]["status"] == "healthy" for name in ("scheduler", "triggerer", "dag_processor"))


@pytest.mark.slow
def test_sigterm_ends_every_process_of_make_up_and_all_listen_on_this_machine_only(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = environment(tmp_path, PORT=str(port))
    with (tmp_path / "up.log").open("w") as log:
        process = subprocess.Popen(
            ["bash", PROJECT / "scripts" / "up.sh"], env=env, stdout=log, stderr=log, start_new_session=True
        )
    password = tmp_path / "airflow" / "simple_auth_manager_passwords.json.generated"
    try:
        until(password.exists, "Airflow has made its password", pause=0.5)
        until(lambda: all_components_run(port), "all components run", pause=0.5)
        steps = re.findall(r"^ *\d+ s  (\w+)", (tmp_path / "up.log").read_text(), re.MULTILINE)
        assert steps == ["preparing", "starting", "user", "exports", "Airflow"], "it says what it is doing"
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True).stdout.splitlines()
        ours = [line for line in listening if any(f"pid={pid}," in line for pid in processes_of(tmp_path))]
        assert [line for line in ours if "127.0.0.1:" not in line] == []
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert process.returncode == 143
    assert processes_of(tmp_path) == set()
