"""Commands about alerts: ``explain``, ``ack``, ``dismiss``, ``assign``, ``comment``, ``silence`` and ``lift``."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.terminal import open_console
from shopwatch.core.i18n import difference, limits, money, number, quantity, words
from shopwatch.core.settings import Settings
from shopwatch.judge.explain import EvaluatedPeriod, Explanation, ending
from shopwatch.ops.status import no_night_yet

Who = Annotated[str, typer.Option("--by", help="who decides; default: the user of this machine")]
Why = Annotated[str, typer.Option("--reason", help="shown in the next mail and review")]
console = open_console()


def explain(
    key: Annotated[str, typer.Argument(help="an alert's key, from the mail or ops.alerts")],
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Explain an alert: each period with its files, and what would end it."""
    from shopwatch.judge.explain import UnknownAlertError
    from shopwatch.judge.explain import explain as explain_alert
    from shopwatch.store.tables import open_store
    from shopwatch.warehouse.connections import read_shop_warehouse

    settings = Settings()
    if not settings.shop_warehouse.exists():
        _fail(no_night_yet(settings))
    catalog = Catalog(settings)
    try:
        with open_store(settings) as engine, Session(engine) as session, read_shop_warehouse(settings) as con:
            explained = explain_alert(session, con, catalog, key)
    except UnknownAlertError as error:
        _fail(str(error))
    if as_json:
        typer.echo(explained.model_dump_json(indent=2))
    else:
        _show(explained, catalog)


def _why(period: EvaluatedPeriod, shop: str, catalog: Catalog) -> str:
    from shopwatch.notify.missing_exports import why_of_period

    return why_of_period(period.model_dump(), shop, catalog, words(catalog.include, "en"))


def _show(explained: Explanation, catalog: Catalog) -> None:
    console.print(
        f"[bold]{explained.title}[/bold] · {explained.name} ({explained.entity}) · {explained.shop}", highlight=False
    )
    lines = {
        "state": f"{explained.state}, {explained.severity}, since {explained.since}"
        + (f", resolved {explained.resolved_at}" if explained.resolved_at else ""),
        "rule": f"{explained.metric} ({explained.measure}) {explained.breach}, for {explained.lasting}",
        **({"usual": explained.usual} if explained.usual else {}),
        "ends": explained.clearing,
        "distance": "unknown"
        if explained.distance is None
        else f"{difference(explained.distance, explained.unit, 'en', explained.currency or '')} from the limit",
        "at stake": "unknown" if explained.at_stake is None else money(explained.at_stake, explained.currency or ""),
        "to do": f"{explained.owner}: {explained.action} ({explained.manual})",
        "hashes": f"rule {explained.rule_hash}, model {explained.model_hash}",
    }
    for name, text in lines.items():
        console.print(f"  [dim]{name:9}[/dim]{text}", highlight=False, soft_wrap=True)
    table = Table(box=None, padding=(0, 2, 0, 0))
    heads = (
        "period",
        "verdict",
        "state",
        "streak",
        "measured",
        "limit",
        *((explained.numerator_title, explained.denominator_title) if explained.has_parts else ()),
    )
    for head in (*heads, "files"):
        table.add_column(head, no_wrap=True, overflow="fold")
    for period in explained.periods:
        table.add_row(
            period.period_start.isoformat(),
            period.verdict + (f" ({_why(period, explained.shop, catalog)})" if period.reason else ""),
            period.state,
            str(period.streak),
            number(period.measured, explained.unit, "en", near=period.threshold, currency=explained.currency or ""),
            limits(period.threshold, period.threshold_high, explained.unit, "en", explained.currency or ""),
            *((quantity(period.numerator), quantity(period.denominator)) if explained.has_parts else ()),
            str(len(period.files)),
        )
    console.print(table)
    for period in explained.periods:
        if period.state != "quiet":
            console.print(
                f"  [dim]{period.period_start}[/dim] {', '.join(period.files)}", highlight=False, soft_wrap=True
            )
    for step in explained.life:
        what, detail = (ending(step), "") if ending(step) else (step.what, step.detail or "")
        console.print(f"  {step.on}  {what}  {detail}", highlight=False, soft_wrap=True)


def ack(
    key: Annotated[str, typer.Argument(help="an alert's key")],
    reason: Why,
    plan: Annotated[str, typer.Option(help="what will be done")] = "",
    by: Who = "",
) -> None:
    """Acknowledge an alert: no reminders until it is resolved."""
    from shopwatch.store.decisions import acknowledge

    _decide(lambda session: acknowledge(session, key, by or getpass.getuser(), reason, plan))


def dismiss(key: Annotated[str, typer.Argument(help="an alert's key")], reason: Why, by: Who = "") -> None:
    """Dismiss an alert: nothing will be done, and it is not repeated until it is resolved."""
    from shopwatch.store.decisions import dismiss as leave

    _decide(lambda session: leave(session, key, by or getpass.getuser(), reason))


def comment(
    key: Annotated[str, typer.Argument(help="an alert's key")],
    text: Annotated[str, typer.Argument(help="the comment's text")],
    by: Who = "",
) -> None:
    """Add a comment to an alert's history."""
    from shopwatch.store.decisions import comment as add_comment

    _decide(lambda session: add_comment(session, key, by or getpass.getuser(), text))


def assign(
    key: Annotated[str, typer.Argument(help="an alert's key")],
    owner: Annotated[
        str, typer.Argument(help="a department, as in include/rules/departments.yaml, in either language")
    ],
    reason: Why,
    by: Who = "",
) -> None:
    """Make another department responsible for an alert, and notify its team once. Prints the key for `lift`."""
    from shopwatch.store.decisions import assign as hand_over

    departments = Catalog(Settings()).departments
    name = next((zh for zh, title in departments.items() if title.en == owner), owner)
    _decide(lambda session: hand_over(session, key, name, departments, by or getpass.getuser(), reason))


def silence(
    until: Annotated[str, typer.Option(help="the last silent day, at most 30 days away")],
    reason: Why,
    rule: Annotated[str, typer.Option(help="a rule; * and ? stand for any letters")] = "*",
    shop: Annotated[str, typer.Option(help="a shop")] = "*",
    entity: Annotated[str, typer.Option(help="a product, campaign or stock-keeping unit, by its id")] = "*",
    by: Who = "",
) -> None:
    """Silence matching alerts until a day; they are still judged. Prints the key for `lift`."""
    from shopwatch.store.decisions import Silence
    from shopwatch.store.decisions import silence as keep_silent

    try:
        what = Silence.model_validate(
            {
                "rule": rule,
                "shop": shop,
                "entity": entity,
                "until": until,
                "reason": reason,
                "by": by or getpass.getuser(),
            }
        )
    except ValidationError as error:
        _fail("; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()))
    rules = Catalog(Settings()).rules
    if not any(fnmatchcase(name, rule) for name in rules):
        _fail(f"no rule fits {rule}; there are: {', '.join(sorted(rules))}")
    _decide(lambda session: keep_silent(session, what, date.today()))


def lift(
    key: Annotated[
        str, typer.Argument(help="key of a silence, or of an alert that was acknowledged, dismissed or assigned")
    ],
    reason: Why,
    by: Who = "",
) -> None:
    """End a silence, or take back the decision about an alert."""
    from shopwatch.store.decisions import lift as end

    _decide(lambda session: end(session, key, by or getpass.getuser(), reason))


def _decide(decide: Callable[[Session], str | None]) -> None:
    from shopwatch.store.decisions import DecisionError
    from shopwatch.store.tables import open_store

    try:
        with open_store(Settings()) as engine, Session(engine) as session, session.begin():
            key = decide(session)
    except DecisionError as error:
        _fail(str(error))
    console.print(f"done{f': {key}' if key else ''}")


def _fail(why: str) -> NoReturn:
    console.print(f"[red]{escape(why)}[/red]", soft_wrap=True, highlight=False)
    raise typer.Exit(1)
