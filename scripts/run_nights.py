"""``make run``: watch the waiting nights in Airflow, in one process, and report the results.

Airflow's own state is in ``$SHOPWATCH_HOME/airflow`` (SQLite), its output in ``run.log`` there.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TextIO

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "plugins"), str(PROJECT / "dags"), str(PROJECT / "scripts")]

from airflow_runs import TaskLog, run_dag, use_airflow  # noqa: E402
from shopwatch.core.durable import keep_private  # noqa: E402
from shopwatch.core.errors import StateError  # noqa: E402
from shopwatch.core.settings import Settings  # noqa: E402
from shopwatch.ingest.inbox import public  # noqa: E402
from shopwatch.ops.raw_warehouse import require_raw_warehouse  # noqa: E402


class Progress(logging.Handler):
    """Log handler that prints lines with the time since the start: our own, and the library's log of its tasks."""

    def __init__(self, terminal: TextIO) -> None:
        super().__init__(logging.INFO)
        self.terminal = terminal
        self.start = time.monotonic()

    def show(self, text: str) -> None:
        """Print one line immediately."""
        print(f"{time.monotonic() - self.start:6.1f} s  {text}", file=self.terminal, flush=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Print a log line of the library; of a long list only every twentieth."""
        text = record.getMessage()
        number = text[1:].partition("/")[0] if text.startswith("[") else ""
        if not number.isdigit() or int(number) % 20 == 1 or text.startswith(f"[{number}/{number}]"):
            self.show(f"  {record.name.rpartition('.')[2]:8} {text}")


@contextlib.contextmanager
def quiet(log: Path) -> Iterator[TextIO]:
    """Redirect all output to a file; yields the terminal."""
    log.parent.mkdir(parents=True, exist_ok=True)
    terminal = os.fdopen(os.dup(1), "w", buffering=1)
    kept = [os.dup(1), os.dup(2)]
    with log.open("a") as file:
        sys.stdout.flush()
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield terminal
        finally:
            sys.stdout.flush()
            os.dup2(kept[0], 1)
            os.dup2(kept[1], 2)


def to_watch(
    settings: Settings, demo: bool, progress: Progress, unfinished: Path, start_airflow: Callable[[], None]
) -> Iterator[str]:
    """Nights to run, in order: an interrupted one, new nights of the demo, and the latest if there are new files.

    Airflow starts while the demo's files are written.
    """
    from sqlalchemy.orm import Session

    from demo import NIGHTS, write_demo
    from demo.people import take_decisions
    from shopwatch.ingest.arrivals import arrivals
    from shopwatch.ingest.sources import find_sources
    from shopwatch.store.outbox import retry_now
    from shopwatch.store.tables import last_night, open_store

    if unfinished.exists():
        left = unfinished.read_text()
        progress.show(f"night {left} broke off the last time: running it again")
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            retry_now(session)
        yield left
    with open_store(settings) as engine, Session(engine) as session:
        newest = last_night(session)
    for night in NIGHTS if demo else ():
        if newest is not None and night < newest:
            continue  # its files are among the newest night's
        is_new = newest is None or night > newest
        if newest is None and night == NIGHTS[0]:  # forks before there are threads
            with ProcessPoolExecutor(1, get_context("fork")) as writer:
                writing = writer.submit(write_demo, settings.inbox, night)
                start_airflow()
                written = writing.result()
        else:
            written = write_demo(settings.inbox, night)
        if is_new:
            with open_store(settings) as engine, Session(engine) as session, session.begin():
                for one in take_decisions(session, night):
                    progress.show(f"{one.by} has decided about {one.rule} of {one.entity}: {one.plan or one.reason}")
            progress.show(f"night {night}: {len(written)} exports of the demo shops have come in")
            yield night.isoformat()
    sources = find_sources(settings)
    if not sources:
        here = arrivals(settings)
        if here.settles_in:
            progress.show(f"files came in just now: waiting {here.settles_in:.0f} s until they no longer change")
            time.sleep(here.settles_in + 0.1)
            sources = find_sources(settings)
        elif not demo:
            for note in here.notes():
                progress.show(note)
    if sources:
        counts = ", ".join(f"{len(paths)} {source}" for source, paths in sources.items())
        progress.show(f"new files: {counts}")
        yield "latest"


def succeeds(dag: str, conf: dict[str, str], name: str, progress: Progress, run_log: Path) -> bool:
    """Run a DAG and report its failed tasks, if any; returns whether there were none. ``name``: for people."""
    failed = run_dag(dag, conf, name.removeprefix("the ").replace(" ", "_"))
    if failed:
        progress.show(f"{name} failed in {', '.join(failed)}: see {run_log}; make run tries it again")
    return not failed


def main() -> int:
    """Return 0 if every night succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="first write the demo shops' exports, night by night")
    demo = parser.parse_args().demo
    if demo:
        os.environ.setdefault("SHOPWATCH_ALLOW_FUTURE_NIGHTS", "1")  # its dates are made up
    keep_private()
    settings = Settings()
    try:
        require_raw_warehouse(settings)
    except StateError as error:
        print(error, file=sys.stderr)
        return 2
    home = settings.home / "airflow"
    run_log = home / "run.log"
    unfinished = home / "unfinished"  # the night that has started and not finished
    with quiet(run_log) as terminal:
        progress = Progress(terminal)
        progress.show(f"shopwatch: exports from {public(settings.inbox_address)}, everything else in {settings.home}")
        use_airflow(home)
        nights, broke_off = 0, unfinished.exists()

        @cache
        def start_airflow() -> None:
            progress.show("starting Airflow")
            from airflow.utils.db import initdb

            if broke_off or not (home / "airflow.db").exists():
                initdb()
            for handler in (progress, TaskLog(home)):
                logging.getLogger("shopwatch").addHandler(handler)
            logging.getLogger("shopwatch").setLevel(logging.INFO)

        for night in to_watch(settings, demo, progress, unfinished, start_airflow):
            unfinished.write_text(night)
            start_airflow()
            nights += 1
            progress.show(f"night {night}: load, check, build, judge, notify, publish")
            if not succeeds("nightly_watch", {"business_date": night}, f"the night {night}", progress, run_log):
                return 1
            mails = sorted(settings.outbox.glob("*.eml"), key=lambda path: "heartbeat" in path.name)
            if nights == 1 and mails:
                progress.show(f"a first mail: {mails[0]}")
        if nights:
            if not succeeds("weekly_review", {}, "the weekly review", progress, run_log):
                return 1
            unfinished.unlink()
        if not nights and not settings.published.exists():
            return 1  # the notes above say what is missing
        progress.show("done" if nights else "nothing new since the last run")
    from shopwatch.cli.main import status

    status()
    return 0


if __name__ == "__main__":
    sys.exit(main())
