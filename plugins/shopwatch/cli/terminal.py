"""Shared by all commands: output that is not wrapped in a pipe or file, days as arguments, and faults as a line."""

from __future__ import annotations

import logging
import re
import sys
from datetime import date
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from typer.core import TyperGroup

from shopwatch.core.errors import ShopwatchError
from shopwatch.core.settings import Settings

PLAIN_WIDTH = 200
"""Width of tables in a pipe or file, in characters; lines of text are as long as they are."""


def open_console(stderr: bool = False) -> Console:
    """Console of this process: as wide as the terminal, and without line breaks of its own elsewhere."""
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if is_terminal else PLAIN_WIDTH, soft_wrap=not is_terminal)


def log_handler(console: Console) -> logging.Handler:
    """Handler that prints a record as a row in a terminal and as one line elsewhere."""
    if console.is_terminal:
        return RichHandler(console=console, show_path=False, log_time_format="%H:%M:%S")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-8s %(message)s", "%H:%M:%S"))
    return handler


def day_of(text: str) -> date:
    """The day that an argument names. Raises BadParameter if it is no date."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date such as 2026-11-15") from error


class Commands(TyperGroup):
    """Commands that end with exit code 2 and a line about the fault of state, disk, store or settings that stops them.

    Anything else is a bug and shows where it happened.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run a command. Raises Exit for a fault that the user can fix."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # whoever reads the output has seen enough
            raise
        except Exception as error:
            line = _fault(str(ctx.invoked_subcommand), error)
            if line is None:
                raise
            open_console(stderr=True).print(f"[red]{escape(line)}[/red]", soft_wrap=True, highlight=False)
            raise typer.Exit(2) from error


def _fault(command: str, error: Exception) -> str | None:
    """Message about a fault that the user can fix; None for a bug."""
    import duckdb
    from sqlalchemy.exc import SQLAlchemyError

    if isinstance(error, ShopwatchError):
        return str(error)
    if isinstance(error, ValidationError) and error.title == Settings.__name__:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        return f"the settings in the environment cannot be used: {'; '.join(faults)}"
    damage = duckdb.IOException | duckdb.SerializationException | duckdb.FatalException | duckdb.TransactionException
    if isinstance(error, OSError | SQLAlchemyError | damage):
        return fault_of_disk(Settings(), command, error)
    return None


def fault_of_disk(settings: Settings, command: str, error: Exception) -> str:
    """Message for a fault of the disk, the store or the inbox, with the remedy."""
    what = str(error).splitlines()[0]
    if held := re.search(r'Could not set lock on file "(.+)": .*\(PID (\d+)\)', what):
        return (
            f"stopped: process {held[2]} has {held[1]} open, such as another night, a replay or a reader. "
            f"Nothing was changed. Run bin/shopwatch {command} again once it has ended"
        )
    return (
        f"stopped by {type(error).__name__}: {what}. Look at what it names, and whether {settings.home} is full or "
        f"cannot be written; then run bin/shopwatch {command} again, which goes on from there"
    )
