"""The command line ``bin/shopwatch``: commands for nights, files and the state; others are in modules of their own."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.agents import mcp
from shopwatch.cli.channels import app as channels
from shopwatch.cli.decisions import ack, assign, comment, dismiss, explain, lift, silence
from shopwatch.cli.metrics import app as metrics
from shopwatch.cli.rules import app as rules
from shopwatch.cli.rules import backtest
from shopwatch.cli.shards import app as shards
from shopwatch.cli.terminal import Commands, day_of, fault_of_disk, log_handler, open_console
from shopwatch.core.errors import DeclarationError, StateError
from shopwatch.core.i18n import Language
from shopwatch.core.nights import FutureNightError, business_date
from shopwatch.core.settings import Settings
from shopwatch.ops.status import no_night_yet, read_status

NEXT = """
[bold]next[/bold]       open the page and the mails (.eml) in a browser and a mail program
           ask the warehouse: duckdb -readonly {warehouse} "from review.weekly_shop"
           your own files: make run INBOX=<folder>   Airflow's UI: make up"""

app = typer.Typer(cls=Commands, help="The night watch of an on-line shop.", no_args_is_help=True, add_completion=False)
app.add_typer(rules, name="rules")
app.add_typer(channels, name="channels")
app.add_typer(metrics, name="metrics")
app.add_typer(shards, name="shards")
for command in (explain, ack, dismiss, assign, comment, silence, lift, backtest, mcp):
    app.command()(command)
console, errors = open_console(), open_console(stderr=True)
Day = Annotated[
    str | None, typer.Option("--night", help="business date such as 2026-11-15, or latest; default: yesterday")
]

File = Annotated[Path, typer.Argument(help="path of an export, in any folder")]


@app.callback()
def _logging(quiet: Annotated[bool, typer.Option("--quiet", help="only warnings")] = False) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[log_handler(console)])
    logging.getLogger("shopwatch").setLevel(logging.WARNING if quiet else logging.INFO)


@app.command()
def night(day: Day = None) -> None:
    """Run one night without Airflow: load, check, build, judge, notify, publish."""
    try:
        asked = business_date(day)
    except ValueError as error:
        raise typer.BadParameter(f"{day!r} is not a date such as 2026-11-15") from error
    run_night(Settings(), asked, is_scheduled=day is None)
    status()


def run_night(settings: Settings, day: date | None, inbox: Path | None = None, *, is_scheduled: bool = False) -> None:
    """Run all steps of a night in one process; the DAG runs them as tasks.

    ``is_scheduled``: nobody named the night, so the data teams are notified if it notifies nobody.
    """
    import duckdb
    from sqlalchemy.exc import SQLAlchemyError

    from shopwatch.pipeline import watch_night
    from shopwatch.shards.night import watch_shards
    from shopwatch.warehouse.personal import PersonalDataError

    try:
        watch = watch_shards if Catalog(settings).is_divided else watch_night
        result = watch(settings, day, inbox, is_scheduled=is_scheduled)
    except FutureNightError as error:
        if is_scheduled:  # nobody reads the output of a timer's command
            _report_fault(settings, day, str(error))
        else:
            console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    except (DeclarationError, StateError, PersonalDataError) as error:
        _report_fault(settings, day, str(error))
        raise typer.Exit(2) from error
    except (OSError, duckdb.IOException, duckdb.TransactionException, SQLAlchemyError) as error:
        _report_fault(settings, day, fault_of_disk(settings, "night", error))
        raise typer.Exit(2) from error
    except Exception as error:
        _report_fault(settings, day, f"{type(error).__name__}: {error}")
        raise
    if result.quiet:
        console.print(f"[yellow]nobody was notified: a night after {day or result.night} was judged before[/yellow]")
    if result.undelivered:
        _report_undelivered(result.undelivered)
        raise typer.Exit(1)


def _report_undelivered(lines: tuple[str, ...]) -> None:
    console.print(f"[red]not delivered: {escape('; '.join(lines))}[/red]", soft_wrap=True)
    console.print(
        "Waiting mails are tried again by the next delivery or night, given-up ones by bin/shopwatch deliver "
        "--retry-given-up once its cause is fixed",
        soft_wrap=True,
    )


def _report_fault(settings: Settings, day: date | None, fault: str) -> None:
    """Show the fault that stopped the night, and notify the data teams, once a day."""
    from sqlalchemy.exc import SQLAlchemyError

    from shopwatch.notify.delivery import UndeliveredError, deliver_waiting
    from shopwatch.notify.notices import post_failure

    console.print(f"[red]{escape(fault)}[/red]", soft_wrap=True)
    today = date.today()
    for team in post_failure(settings, "night", f"{today} {fault}", fault, day or today):
        try:
            deliver_waiting(settings, team)
        except (UndeliveredError, OSError, SQLAlchemyError) as error:
            console.print(f"[red]not delivered yet: {escape(str(error).splitlines()[0])}[/red]", soft_wrap=True)


@app.command()
def revoke(
    night: Annotated[str, typer.Argument(help="business date such as 2027-11-15; later nights are removed too")],
) -> None:
    """Undo a night that was judged by mistake, such as one in the future; the next night judges again."""
    from shopwatch.ops.revoke import revoke as revoke_nights

    console.print(f"nights revoked: {revoke_nights(Settings(), day_of(night))}")


@app.command()
def migrate() -> None:
    """Copy the store from store.sqlite to the empty database at SHOPWATCH_STORE_URL, while nothing else runs."""
    from shopwatch.ops.moved_store import move_store

    console.print(f"rows copied: {move_store(Settings()):,}")


@app.command()
def adopt() -> None:
    """Accept the store as it is: an empty one after a loss, or one that another home used."""
    from shopwatch.ops.own_store import adopt_store

    newest = adopt_store(Settings())
    console.print(
        f"the store belongs to this home; it knows nights up to {newest}"
        if newest
        else "the store belongs to this home; it is empty"
    )


@app.command()
def deliver(
    again: Annotated[
        bool,
        typer.Option("--retry-given-up", help="also to recipients whose delivery was given up"),
    ] = False,
) -> None:
    """Send the mails that are due: those held until their team's hours, and those not accepted before."""
    from shopwatch.notify.delivery import deliver_due, retry_given_up

    settings = Settings()
    if again:
        console.print(f"recipients to try again: {retry_given_up(settings)}")
    sent = deliver_due(settings)
    console.print(f"mails delivered: {sent.mails}")
    if sent.undelivered:
        _report_undelivered(sent.undelivered)
        raise typer.Exit(1)


@app.command()
def today() -> None:
    """Judge a sale day so far, by the exports in the inbox; on other days nothing is done."""
    from shopwatch.pipeline import watch_sale_day

    try:
        result = watch_sale_day(Settings())
    except (DeclarationError, StateError) as error:
        errors.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    if not result.days:
        console.print("today is not a sale day: declare sale days under `sale_days` in include/calendar.yaml")
        return
    console.print(f"sale day of {', '.join(sorted(result.days))}: {result.notified} new breaches notified")
    if result.undelivered:
        _report_undelivered(result.undelivered)
        raise typer.Exit(1)


@app.command()
def review(
    week: Annotated[str | None, typer.Option(help="a Monday; default: the last closed week")] = None,
) -> None:
    """Write the weekly review: the page, and the workbook that the meeting fills in."""
    from shopwatch.pipeline import write_weekly_review
    from shopwatch.review.tables import ReviewError

    try:
        paths = write_weekly_review(Settings(), day_of(week) if week else None)
    except ReviewError as error:
        errors.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    for path in paths:
        console.print(path, soft_wrap=True, highlight=False)


@app.command()
def inspect(
    file: File,
    shop: Annotated[str | None, typer.Option(help="the file's shop; default: its folder in the inbox")] = None,
    checks: Annotated[bool, typer.Option(help="also run the contract's checks, which takes some seconds")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Show how a file would be read, without loading it.

    Exit code 0: all rows would load; 1: it would be rejected, or no row would count; 2: some would go to quarantine.
    """
    from shopwatch.cli.inspect_report import print_report
    from shopwatch.ingest.preview.inspect import inspect

    catalog = Catalog(Settings())
    try:
        seen = inspect(catalog.settings, catalog.contracts, catalog.shops, file, shop, checks=checks)
    except (DeclarationError, OSError) as error:
        errors.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(asdict(seen), ensure_ascii=False, indent=2, default=str))
    else:
        print_report(console, seen)
    raise typer.Exit({"loads": 0, "rejected": 1, "fails": 1, "quarantine": 2}[seen.verdict])


@app.command()
def learn(
    file: File,
    name: Annotated[str | None, typer.Option(help="platform_export, such as xiaopu_orders")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="write it to include/sources/<platform>/<export>.yaml")
    ] = False,
) -> None:
    """Draft a contract for an unknown file, for you to complete."""
    from shopwatch.ingest.detect import RejectedError
    from shopwatch.ingest.preview import draft

    settings = Settings()
    try:
        drafted = draft.learn(settings, Catalog(settings).contracts, file, name)
        if write:
            errors.print(f"written to {draft.write(settings, drafted)}", soft_wrap=True)
        else:
            typer.echo(drafted.text, nl=False)
    except (DeclarationError, RejectedError, OSError) as error:
        errors.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    rows = drafted.seen.rows
    errors.print(
        f"unchanged, {rows['good']:,} of {rows['read']:,} rows would load, {rows['quarantined']:,} would go to "
        f"quarantine and {rows['skipped']:,} are totals; {drafted.todos} TODOs",
        soft_wrap=True,
        highlight=False,
    )


@app.command()
def replay(
    without_removed: Annotated[
        bool,
        typer.Option("--without-removed", help="even if originals were removed; their rows will be missing"),
    ] = False,
    new_key: Annotated[
        bool,
        typer.Option("--new-key", help="with a new pseudonym key, if the old one is lost for good"),
    ] = False,
    shard: Annotated[str | None, typer.Option(help="the shard to rebuild, in a home that has several")] = None,
) -> None:
    """Rebuild the raw warehouse from the archive, with the same numbers; the next night rebuilds what depends on it.

    The one in use may be damaged or missing. It stays until the new one is complete, and is kept under another name.
    """
    from shopwatch.ops.replay import replay as build_again

    settings = Settings()
    catalog = Catalog(settings)
    if catalog.is_divided and shard not in catalog.shards:
        raise typer.BadParameter(f"name one of {', '.join(catalog.shards)}", param_hint="--shard")
    if shard and not catalog.is_divided:
        raise typer.BadParameter("this home has one shard: leave it out", param_hint="--shard")
    replayed = build_again(settings.for_shard(shard), without_removed=without_removed, new_key=new_key)
    console.print(f"replayed the archive: {replayed.built}", soft_wrap=True)
    if replayed.earlier:
        console.print(f"the previous warehouse, which you may remove: {replayed.earlier}", soft_wrap=True)


@app.command()
def templates(
    folder: Annotated[Path, typer.Argument(help="where to write them")] = Path("templates"),
    language: Annotated[Language, typer.Option(help="of heads, notes and drop-downs")] = "zh",
) -> None:
    """Write workbooks to fill in, for data that no platform exports: targets, costs, plans, checklists, reviews."""
    from shopwatch.review.templates import write_templates

    written, kept = write_templates(Catalog(Settings()), folder, language)
    for state, paths in (("written", written), ("left as it is", kept)):
        for path in paths:
            console.print(f"{state}: {path}", soft_wrap=True, highlight=False)


@app.command()
def healthz(
    metrics: Annotated[bool, typer.Option("--metrics", help="as OpenMetrics text, for scrapers")] = False,
) -> None:
    """Report whether the watch is running, as JSON: last night, its age, waiting mails, rules that lack data.

    Exit code 0: ok; 1: degraded.
    """
    from shopwatch.ops.health import all_metrics, read_health

    health = read_health(Settings())
    typer.echo(all_metrics(health).rstrip() if metrics else json.dumps(asdict(health), default=str))
    raise typer.Exit(0 if health.status == "ok" else 1)


@app.command()
def status() -> None:
    """Show the results of the last night, and where its files are."""
    settings = Settings()
    now = read_status(settings)
    if now is None:
        console.print(no_night_yet(settings))
        raise typer.Exit(1)
    lines = [
        ("night", now.night.isoformat()),
        ("files", f"{now.loaded} loaded, {now.rejected} rejected, {now.failed} failed their checks"),
        ("rows", f"{now.rows:,} of {now.first_day} to {now.last_day}, {now.quarantined} in quarantine"),
        *(("alerts", f"{team}: {count} {state}") for (team, state), count in sorted(now.alerts.items())),
        ("mails", f"{now.mails} in {settings.outbox}"),
        ("page", str(now.page or "none yet: bin/shopwatch review")),
        ("workbook", str(now.workbook or "none yet: bin/shopwatch review")),
        ("checks", str(now.checks or "none yet")),
        ("warehouse", str(settings.published)),
    ]
    if now.rejected:
        lines.insert(2, ("", f"why: {settings.rejected}/*/*.reason.txt"))
    for name, value in lines:
        console.print(f"[bold]{name:10}[/bold] {value}", soft_wrap=True, highlight=False)
    console.print(NEXT.format(page=now.page or settings.reports, warehouse=settings.published), soft_wrap=True)
