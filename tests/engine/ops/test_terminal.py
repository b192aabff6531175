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
