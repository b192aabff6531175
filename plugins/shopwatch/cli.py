"""The same steps by hand: ``bin/shopwatch night``, ``status``, ``review``, ``replay``, ``demo``."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from shopwatch.exports.contract import ContractError
from shopwatch.nights import business_date
from shopwatch.settings import Settings

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)
console = Console()
Day = Annotated[
    str | None, typer.Option("--night", help="business date such as 2026-11-15, or latest; default: yesterday")
]


@app.callback()
def _logging(quiet: Annotated[bool, typer.Option("--quiet", help="only warnings")] = False) -> None:
    handler = RichHandler(console=console, show_path=False, log_time_format="%H:%M:%S")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[handler])
    logging.getLogger("shopwatch").setLevel(logging.WARNING if quiet else logging.INFO)


@app.command()
def demo(
    until: Annotated[str | None, typer.Option(help="only what had been exported by this night")] = None,
) -> None:
    """Write the demo shop's exports into the inbox."""
    from shopwatch.demo import write_demo

    settings = Settings()
    written = write_demo(settings.inbox, date.fromisoformat(until) if until else None)
    console.print(f"{len(written)} files written to {settings.inbox}")


@app.command()
def night(day: Day = None) -> None:
    """Watch one night, without Airflow: load, check, model, judge, tell, publish."""
    run_night(Settings(), business_date(day), Settings().inbox)
    show()


def run_night(settings: Settings, day: date | None, inbox: Path) -> None:
    """All steps of a night in one process, as the DAG runs them in tasks."""
    from shopwatch.exports.load import find_sources, load_files
    from shopwatch.models import build
    from shopwatch.notify.tell import tell
    from shopwatch.quality import check_and_settle
    from shopwatch.rules.language import load_teams
    from shopwatch.watch import judge_night, publish_night

    try:
        for source, paths in find_sources(settings, inbox).items():
            load_files(settings, source, paths, inbox)
        check_and_settle(settings)
        build(settings)
        judged = judge_night(settings, day)
        for team in load_teams(settings.include):
            tell(settings, team.team, judged.night)
        publish_night(settings, judged.night)
    except ContractError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(2) from error


@app.command()
def review(
    week: Annotated[str | None, typer.Option(help="a Monday; default: the last closed week")] = None,
) -> None:
    """Write the weekly review's page."""
    from shopwatch.review.page import write_review

    settings = Settings()
    start = date.fromisoformat(week) if week else None
    console.print(write_review(settings.published, settings.include, settings.reports, start))


@app.command()
def replay() -> None:
    """Build the raw warehouse again from the archive, with the same numbers; the next night does the rest."""
    from shopwatch.exports.load import find_sources, load_files
    from shopwatch.models import build
    from shopwatch.quality import check_and_settle

    settings = Settings()
    aside = settings.raw_warehouse.with_name("raw.before-replay.duckdb")
    if settings.raw_warehouse.exists():
        settings.raw_warehouse.replace(aside)
    settings.raw_warehouse.with_name(f"{settings.raw_warehouse.name}.wal").unlink(missing_ok=True)
    for source, paths in find_sources(settings, settings.archive).items():
        load_files(settings, source, paths, settings.archive)
    check_and_settle(settings)
    built = build(settings)
    console.print(f"replayed the archive: {built}; the warehouse as it was: {aside}")


@app.command()
def show() -> None:
    """What the last night found, and where everything lies."""
    from shopwatch.status import status as read

    settings = Settings()
    now = read(settings)
    if now is None:
        console.print("no night has been published yet: run `make run`")
        raise typer.Exit(1)
    table = Table(show_header=False, box=None, pad_edge=False)
    files = ", ".join(f"{count} {state}" for state, count in now.files.items())
    table.add_row("night", now.night.isoformat())
    table.add_row("files", f"{files}; {now.rows:,} rows of {now.first_day} to {now.last_day}")
    if now.quarantined:
        table.add_row("", f"{now.quarantined} rows in quarantine: table ops.quarantine, and the mail to the data team")
    for owner, state, count in now.alerts:
        table.add_row("alerts", f"{owner}: {count} {state}")
    if not now.alerts:
        table.add_row("alerts", "none")
    table.add_row("mails", f"{len(now.mails)} in {settings.outbox}")
    table.add_row("page", str(now.pages[-1]) if now.pages else "none yet: bin/shopwatch review")
    table.add_row("warehouse", str(settings.published))
    table.add_row("checks", str(next(settings.quality.rglob("index.html"), settings.quality)))
    console.print(table)
