"""Real nights in real processes: how to start one, watch it, kill it, and read what it left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
KEY = "one key gives all homes of these tests the same pseudonyms"
ENDS = 1200
"""Seconds for what takes seconds or a minute on an idle machine: a limit for what hangs, not for what is slow."""
WALL_CLOCK = {"loaded_at", "replayed_at"}
WORKING_STATE = ("ops.judged_", "ops.news_", "meta.unjudged", "meta.unreviewed", "meta.unsearched")
"""Tables in which the steps of a night note what they have done: they depend on which nights ran."""
PERSONAL = re.compile(
    r"演示买家|演示收货人|演示区|演示路\d|(?<![0-9A-Za-z])130\d{8}(?![0-9A-Za-z])|buyer\d{4}@example\.com|DEMO(SF|ZT)\d",
    re.ASCII,
)


def environment(home: Path, inbox: Path | None = None, **more: str) -> dict[str, str]:
    """The environment of a night whose state lies in ``home``; nothing of the tester's own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("SHOPWATCH_", "AIRFLOW", "SMTP_"))
    }
    own = {
        "SHOPWATCH_HOME": str(home),
        "SHOPWATCH_PSEUDONYM_KEY": KEY,
        "SHOPWATCH_ALLOW_FUTURE_NIGHTS": "1",
        "PYTHONPATH": str(PROJECT / "plugins"),
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "240",
    }
    return kept | own | ({"SHOPWATCH_INBOX": str(inbox)} if inbox else {}) | more


class Process:
    """A process whose lines can be read while it runs, each with the seconds since its start."""

    def __init__(self, args: list[str], env: dict[str, str]) -> None:
        self.lines: list[tuple[float, str]] = []
        self.start = time.monotonic()
        self.popen = subprocess.Popen(
            [sys.executable, *args],
            cwd=PROJECT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.popen.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self.popen.stdout,), daemon=True)
        self._reader.start()

    def _read(self, stdout: IO[str]) -> None:
        for line in stdout:
            self.lines.append((time.monotonic() - self.start, line.rstrip()))

    @property
    def output(self) -> str:
        return "\n".join(line for _, line in self.lines)

    def said(self, pattern: str) -> bool:
        """Whether a line so far matches."""
        return any(re.search(pattern, line) for _, line in self.lines)

    def wait(self, seconds: float = ENDS) -> int:
        """Its exit code, after all its lines have been read."""
        try:
            code = self.popen.wait(seconds)
        finally:
            self.kill()
        self._reader.join(10)
        return code

    def kill(self) -> None:
        """End it at once, as a power cut would; no harm if it has ended."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait(10)


@dataclass(frozen=True)
class Demo:
    """Where the demo's state lies after ``make run``, and the process that made it, which has ended."""

    home: Path
    run: Process
    exit_code: int


def until(condition: Callable[[], Any], what: str, seconds: float = ENDS, pause: float = 0.05) -> Any:
    """Ask until there is an answer; the test fails after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(pause)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def run_night(home: Path, night: str, inbox: Path | None = None, **more: str) -> Process:
    """One night to its end, without Airflow; it must succeed."""
    process = Process(["-m", "shopwatch", "night", "--night", night], environment(home, inbox, **more))
    code = process.wait()
    assert code == 0, process.output
    return process


@contextmanager
def reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse, read-only."""
    con = duckdb.connect(path, read_only=True)
    try:
        yield con
    finally:
        con.close()


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of one query on a warehouse."""
    with reading(path) as con:
        return con.execute(sql).fetchall()


def columns_of(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Table -> column -> type, of every table there is."""
    tables: dict[str, dict[str, str]] = {}
    for schema, table, column, kind in con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where not internal and database_name = current_database() order by all"
    ).fetchall():
        tables.setdefault(f"{schema}.{table}", {})[column] = kind
    return tables


def content_of(path: Path) -> dict[str, list[str]]:
    """Every row of every table but the columns that hold the wall clock, in an order that says nothing."""
    with reading(path) as con:
        found = {}
        for table, columns in columns_of(con).items():
            if table.startswith(WORKING_STATE):
                continue
            kept = ", ".join(f'"{name}"' for name in columns if name not in WALL_CLOCK)
            found[table] = sorted(map(repr, con.execute(f"select {kept} from {table}").fetchall()))
    return found


def differing(one: Path, other: Path) -> list[str]:
    """The tables in which two warehouses differ, each with the first rows that only one has."""
    left, right = content_of(one), content_of(other)
    return [
        f"{table}: {sorted(set(left.get(table, [])) ^ set(right.get(table, [])))[:4]}"
        for table in sorted(left.keys() | right.keys())
        if left.get(table) != right.get(table)
    ]


def mails_of(home: Path) -> dict[str, EmailMessage]:
    """The mails that lie in the outbox, by file name without its ending."""
    return {
        path.stem: message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[misc]
        for path in sorted((home / "outbox").glob("*.eml"))
    }


def texts_in(path: Path) -> Iterator[str]:
    """Every cell of a DuckDB or SQLite file's tables that is text or holds some, as text."""
    con = duckdb.connect(path, read_only=True)
    with con:
        for table, columns in columns_of(con).items():
            for name, kind in columns.items():
                if re.search("VARCHAR|JSON|STRUCT|BLOB", kind):
                    cells = con.execute(f'select distinct cast("{name}" as varchar) from {table}').fetchall()
                    yield from (f"{table}.{name}: {cell}" for (cell,) in cells if cell)
