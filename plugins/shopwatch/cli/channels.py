"""``bin/shopwatch channels``: try the channels of a team."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from shopwatch.cli.terminal import open_console
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings

app = typer.Typer(help="Try the channels of a team.", no_args_is_help=True)
console, errors = open_console(), open_console(stderr=True)


@app.callback()
def _group() -> None:
    """Keep ``test`` a command of its own, though it is the only one."""


@app.command()
def test(team: Annotated[str, typer.Argument(help="a team of include/rules/routes.yaml")]) -> None:
    """Send a sample digest to each recipient of a team, and show what each channel answered.

    Exit code 1 if one did not accept it. A chat's secret is read from the environment only, not from Airflow.
    """
    from shopwatch.notify.channel import channel_name
    from shopwatch.notify.sample import send_sample

    settings = Settings()
    try:
        outcomes = send_sample(settings, team, date.today() - timedelta(days=1))
    except DeclarationError as error:
        errors.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    for address, outcome in outcomes.items():
        channel = channel_name(address, "smtp" if settings.smtp_url else None)
        reason = f": {outcome.reason}" if outcome.reason else ""
        console.print(f"{channel:6} {address}  {outcome.state}{reason}", soft_wrap=True, highlight=False, markup=False)
    raise typer.Exit(0 if all(outcome.state == "accepted" for outcome in outcomes.values()) else 1)
