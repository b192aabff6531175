"""Commands: mistyped days are explained, and long lines stay whole where nobody looks at a terminal."""

from __future__ import annotations

import logging
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from shopwatch.cli.main import app
from shopwatch.cli.terminal import log_handler, open_console

LONG = "a line of many words " * 30


@pytest.mark.parametrize(
    "command",
    [
        "night --night 2026-13-45",
        "review --week soon",
        "revoke yesterday",
        "backtest roas_low --from 2026",
        "rules diff main --from x",
    ],
)
def test_a_mistyped_day_is_explained(command: str) -> None:
    result = CliRunner().invoke(app, command.split())
    assert result.exit_code == 2
    assert "is not a date such as 2026-11-15" in " ".join(result.output.replace("│", " ").split())


def test_a_night_beside_another_says_which_process_to_wait_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = 'IO Error: Could not set lock on file "/w/raw.duckdb": Conflicting lock is held in python (PID 77). See also'

    def fail(*_: object, **__: object) -> None:
        raise duckdb.IOException(held)

    monkeypatch.setattr("shopwatch.pipeline.watch_night", fail)
    result = CliRunner().invoke(app, ["night", "--night", "2026-11-10"], env={"SHOPWATCH_HOME": str(tmp_path)})
    assert result.exit_code == 2
    assert "process 77 has /w/raw.duckdb open" in result.output
    assert "Run bin/shopwatch night again once it has ended" in result.output


@pytest.mark.parametrize(
    ("command", "variable", "value", "expected"),
    [
        ("status", "SHOPWATCH_KEEP_NIGHTS", "many", "keep_nights: Input should be a valid integer"),
        ("healthz", "SHOPWATCH_PAGE_URL", "ftp://secret", "page_url: String should match"),
        ("revoke 2026-11-01", "SHOPWATCH_STORE_URL", "sqlite:////dev/null/store", "Not a directory"),
        ("adopt", "SHOPWATCH_STORE_URL", "no url, but a secret", "Could not parse"),
        ("ack key --reason seen", "SHOPWATCH_INCLUDE", "", "stopped by OperationalError"),
        ("status", "SHOPWATCH_INCLUDE", "", "not a valid DuckDB database file"),
        ("review", "SHOPWATCH_INCLUDE", "", "not a valid DuckDB database file"),
    ],
)
def test_a_fault_that_a_person_can_mend_is_a_line_and_no_traceback(
    command: str, variable: str, value: str, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "shop.duckdb").write_bytes(b"damaged")
    unreachable = {"SHOPWATCH_STORE_URL": "postgresql+psycopg2://u:a-secret@127.0.0.1:1/x"}
    env = {"SHOPWATCH_HOME": str(tmp_path), "COLUMNS": "400", **unreachable, variable: value}
    result = CliRunner().invoke(app, command.split(), env=env)
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (2, True)
    assert expected in result.output
    assert "secret" not in result.output


def test_a_review_of_no_week_says_why() -> None:
    result = CliRunner().invoke(app, ["review", "--week", "2026-11-10"], env={"SHOPWATCH_HOME": "/nowhere"})
    assert result.exit_code == 1
    assert "nothing has been published yet" in result.output


def test_a_line_in_a_pipe_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    console = open_console()
    console.print(LONG)
    log_handler(console).emit(logging.LogRecord("shopwatch", logging.INFO, "", 0, LONG, None, None))
    printed = capsys.readouterr().out.splitlines()
    assert [LONG in line for line in printed] == [True, True]
