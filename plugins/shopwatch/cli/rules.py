"""``bin/shopwatch rules``: check and test the rules, and tune them on the history."""

from __future__ import annotations

import subprocess
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from shopwatch.catalog.catalog import Catalog
from shopwatch.cli.terminal import day_of, open_console
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import Settings
from shopwatch.judge.backtest import BacktestAlert, RuleComparison

YEAR = timedelta(weeks=52)
app = typer.Typer(help="Check and test the rules, and tune them on the history.", no_args_is_help=True)
console = open_console()


@app.command()
def check() -> None:
    """Check every rule; exit code 1 if one cannot be judged."""
    catalog = Catalog(Settings())
    rules, faults = catalog.rules, catalog.rule_faults
    for fault in faults:
        console.print(f"[red]{fault}[/red]", soft_wrap=True, highlight=False)
    console.print(f"{len(rules)} rules can be judged, {len(faults)} cannot")
    raise typer.Exit(1 if faults else 0)


@app.command()
def test(
    paths: Annotated[list[Path], typer.Argument(help="files of cases; see docs/cookbooks/add-a-rule.md", exists=True)],
) -> None:
    """Run test cases of rules; exit code 1 if one fails."""
    from shopwatch.catalog.rules import load_rules
    from shopwatch.judge.cases import read_cases, run_cases

    catalog = Catalog(Settings())
    rules = load_rules(catalog.include, list(catalog.metrics.values()))
    cases = [(path, case) for path in paths for case in read_cases(path)]
    results = run_cases(catalog, rules, [case for _, case in cases])
    failed = [(path, case, result) for (path, case), result in zip(cases, results, strict=True) if result is not None]
    for path, case, result in failed:
        console.print(f"[red]{path.name}: {case.case}[/red]", highlight=False)
        console.print(f"  expected {case.expect}\n  judged   {result}", highlight=False)
    console.print(f"{len(cases)} cases, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


@app.command()
def schema() -> None:
    """Write the JSON Schema with which an editor completes and checks rule files."""
    from shopwatch.catalog.rule_schema import write_schema

    console.print(write_schema(Settings().include))


def backtest(
    rule: Annotated[str, typer.Argument(help="a rule of include/rules")],
    first: Annotated[str, typer.Option("--from", help="the first day of history to judge")],
    change: Annotated[list[str] | None, typer.Option("--set", help="a changed key: breach.below=0.012")] = None,
) -> None:
    """Judge history again: which alerts a rule would have raised, and what a change of it would do."""
    from shopwatch.judge.backtest import backtest as judged
    from shopwatch.judge.backtest import changed_rule, compare

    catalog = Catalog(Settings())
    rules = catalog.rules
    try:
        if rule not in rules:
            raise DeclarationError(f"no rule is called {rule}; there are: {', '.join(sorted(rules))}")
        others = [one for name, one in rules.items() if name in rules[rule].inhibited_by]
        day = day_of(first)
        before = [one for one in judged(catalog, [rules[rule], *others], day) if one.rule == rule]
        changed = changed_rule(rules[rule], change or [])
        after = [one for one in judged(catalog, [changed, *others], day) if one.rule == rule] if change else before
    except (DeclarationError, ValueError) as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    _show(compare(before, after))


@app.command()
def diff(
    base: Annotated[str, typer.Argument(help="a git revision, such as main")],
    first: Annotated[str | None, typer.Option("--from", help="default: the last 52 weeks")] = None,
) -> None:
    """Show how the changes of all rules since a revision would have changed the alerts, for a pull request."""
    from shopwatch.catalog.rules import load_rules
    from shopwatch.judge.backtest import backtest as judged
    from shopwatch.judge.backtest import compare

    catalog = Catalog(Settings())
    metrics = list(catalog.metrics.values())
    day = day_of(first) if first else date.today() - YEAR
    try:
        with tempfile.TemporaryDirectory() as folder:
            before = load_rules(_at_revision(catalog.include, base, Path(folder)), metrics)
        now = load_rules(catalog.include, metrics)
        compared = compare(judged(catalog, before.values(), day), judged(catalog, now.values(), day))
    except DeclarationError as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    for name in sorted(before.keys() | now.keys()):
        if name not in before or name not in now or before[name].hash != now[name].hash:
            what = "added" if name not in before else "removed" if name not in now else "changed"
            console.print(f"rule {name}: {what}")
    _show(compared)


@app.command()
def suggest(
    rule: Annotated[str | None, typer.Argument(help="a rule of include/rules; default: all")] = None,
    first: Annotated[str | None, typer.Option("--from", help="default: the last 52 weeks")] = None,
    wanted: Annotated[float, typer.Option("--alerts", help="wanted alerts a month of a rule in a shop", min=0.1)] = 4,
) -> None:
    """Suggest limits, guards and severities for rules with too many alerts, each judged over the history."""
    from shopwatch.judge.suggest import suggest as suggested

    catalog = Catalog(Settings())
    rules = catalog.rules
    try:
        if rule is not None and rule not in rules:
            raise DeclarationError(f"no rule is called {rule}; there are: {', '.join(sorted(rules))}")
        named = {rule, *rules[rule].inhibited_by} if rule else set(rules)
        asked = [one for name, one in rules.items() if name in named]
        found = suggested(catalog, asked, day_of(first) if first else date.today() - YEAR, wanted)
    except (DeclarationError, ValueError) as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    shown = [one for one in found if rule in (None, one.rule)]
    for one in shown:
        was = f"{_counted(one.alerts)}, {one.a_month:.1f} a month, {one.critical} critical"
        console.print(f"{one.rule} {one.shop}: {was}", highlight=False, soft_wrap=True)
        for change in one.suggestions:
            would = f"{_counted(change.alerts)}, {change.critical} critical"
            settings = " ".join(f"--set {setting}" for setting in change.settings)
            console.print(f"  {settings}: {would}", highlight=False, soft_wrap=True)
    if not shown:
        console.print(f"no rule has more than {wanted:g} alerts a month in a shop, or mostly critical ones")


def _counted(alerts: int) -> str:
    return "1 alert" if alerts == 1 else f"{alerts} alerts"


def _at_revision(include: Path, revision: str, folder: Path) -> Path:
    """Extract the rules and the calendar of a revision to a folder. Raises DeclarationError if git does not know it."""
    done = subprocess.run(["git", "-C", str(include), "archive", revision, "."], capture_output=True, check=False)
    if done.returncode:
        raise DeclarationError(f"git: {done.stderr.decode(errors='replace').strip()}")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=done.stdout, check=True)
    if not (folder / "calendar.yaml").exists():
        (folder / "calendar.yaml").write_bytes((include / "calendar.yaml").read_bytes())
    return folder


def _show(compared: RuleComparison) -> None:
    for sign, colour, alerts in (("+", "green", compared.came), ("-", "red", compared.gone)):
        for alert in alerts:
            console.print(f"[{colour}]{sign} {_line(alert)}[/{colour}]", highlight=False, soft_wrap=True)
    for old, new in compared.changed:
        console.print(f"[yellow]~ {_line(old)} -> {_line(new)}[/yellow]", highlight=False, soft_wrap=True)
    for alert in compared.same:
        console.print(f"  {_line(alert)}", highlight=False, soft_wrap=True)
    for monday, (was, would_be) in compared.weeks().items():
        bars = f"{'█' * was:20} {'▒' * would_be}" if was != would_be else "█" * was
        console.print(f"{monday}  {was:3} -> {would_be:3}  {bars}", highlight=False)
    counts = f"{len(compared.came)} would come, {len(compared.gone)} go, {len(compared.changed)} change"
    console.print(f"{counts}, {len(compared.same)} stay as they are")


def _line(alert: BacktestAlert) -> str:
    until = f" to {alert.resolved_at}" if alert.resolved_at else ", open"
    value = "" if alert.value is None else f" {alert.value:.6g}"
    return f"{alert.rule} {alert.shop} {alert.entity} {alert.since}{until}, {alert.severity}{value}"
