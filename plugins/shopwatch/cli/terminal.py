"""Shared by all commands: output that is not wrapped in a pipe or file, and days as arguments."""

from __future__ import annotations

import logging
import sys
from datetime import date

import typer
from rich.console import Console
from rich.logging import RichHandler

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
