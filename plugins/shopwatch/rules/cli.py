"""``bin/shopwatch rules``: check, test and describe the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shopwatch.settings import Settings

app = typer.Typer(help=__doc__, no_args_is_help=True)
console = Console()


@app.command()
def check() -> None:
    """Read every rule; exit code 1 where one cannot be judged."""
    from shopwatch.metrics import load_metrics
    from shopwatch.rules.language import read_rules

    include = Settings().include
    rules, faults = read_rules(include, load_metrics(include))
    for fault in faults:
        console.print(f"[red]{fault}[/red]", soft_wrap=True, highlight=False)
    console.print(f"{len(rules)} rules can be judged, {len(faults)} cannot")
    raise typer.Exit(1 if faults else 0)


@app.command()
def test(
    paths: Annotated[list[Path], typer.Argument(help="files of cases; see docs/cookbooks/add-a-rule.md", exists=True)],
) -> None:
    """Run the cases that stand beside rules; exit code 1 where the judge says something else."""
    from shopwatch.rules.cases import read_cases, run_case

    failed = ran = 0
    for path in paths:
        for case in read_cases(path):
            ran += 1
            said = run_case(Settings(), case)
            if said is not None:
                failed += 1
                console.print(f"[red]{path.name}: {case.case}[/red]", highlight=False)
                console.print(f"  expected {case.expect}\n  judged   {said}", highlight=False)
    console.print(f"{ran} cases, {failed} failed")
    raise typer.Exit(1 if failed else 0)


@app.command()
def schema() -> None:
    """Write the JSON Schema with which an editor completes and checks rule files."""
    from shopwatch.rules.schema import write_schema

    console.print(write_schema(Settings().include))
