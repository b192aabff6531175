"""The store keeps its locks while one process has it open more than once, as the pages have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopwatch.core.settings import Settings
from shopwatch.store.tables import Night, open_store

WRITE_AND_CLOSE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    store.execute("create table other (n integer)")
store.close()
"""


def test_a_second_opening_does_not_let_another_process_remove_the_log(settings: Settings) -> None:
    """SQLite's locks belong to the process: closing any other handle of the file would drop them."""
    with open_store(settings) as engine, Session(engine) as session:
        assert session.scalars(select(Night)).all() == []
        with open_store(settings):
            pass
        file = Path(settings.home / "store.sqlite")
        subprocess.run([sys.executable, "-c", WRITE_AND_CLOSE, str(file)], check=True)
        assert file.with_name("store.sqlite-wal").exists(), "the writer believed to be alone and removed the log in use"
        assert session.scalars(select(Night)).all() == []
