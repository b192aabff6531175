"""``bin/shopwatch metrics``: the KPIs for other tools."""

from __future__ import annotations

import typer
import yaml

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.semantic import semantic_layer
from shopwatch.core.settings import Settings

app = typer.Typer(help="Export the KPIs to other tools.", no_args_is_help=True)


@app.callback()
def _metrics() -> None:
    """Keep ``export`` a subcommand while it is the only one."""


@app.command()
def export() -> None:
    """Print the KPIs as MetricFlow's semantic layer (YAML) on the published warehouse."""
    layer = semantic_layer(load_metrics(Settings().include))
    typer.echo(yaml.safe_dump(layer, allow_unicode=True, sort_keys=False, width=120), nl=False)
