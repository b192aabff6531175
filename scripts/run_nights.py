"""``make run``: watch every night that has not been watched, in Airflow, in this one process.

Airflow lives in ``$SHOPWATCH_HOME/airflow`` (SQLite); its own log goes to ``run.log`` there. The
terminal shows what happens, and a summary at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TextIO

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "dags")]

from shopwatch.settings import Settings  # noqa: E402

START = time.monotonic()


def main() -> int:
    """Returns 0 when every night succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="write the demo shop's exports, night by night")
    settings = Settings()
    demo = parser.parse_args().demo
    with _terminal(settings.home / "airflow" / "run.log") as terminal:
        say = _Teller(terminal)
        say(f"shopwatch: state in {settings.home}, exports from {settings.inbox}")
        nights = _nights(settings, demo)
        if not nights:
            say("no export that any contract knows was found; bin/shopwatch night says why for each file")
            return _empty(settings, say)
        todo = [night for night in nights if night > (_watched(settings) or date.min)] or nights[-1:]
        if not todo[0] > (_watched(settings) or date.min) and not _anything_new(settings, demo):
            say("nothing new since the last run")
        else:
            if not _run_all(settings, todo, demo, say):
                return 1
    os.environ["COLUMNS"] = os.environ.get("COLUMNS", "110")
    from shopwatch.cli import show

    show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
