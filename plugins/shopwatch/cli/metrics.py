"""``bin/shopwatch metrics``: the KPIs for other tools."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
import yaml

from shopwatch.catalog.metrics import load_metrics
from shopwatch.catalog.ossie import ossie_model
from shopwatch.catalog.semantic import semantic_layer
from shopwatch.core.settings import Settings

app = typer.Typer(help="Export the KPIs to other tools.", no_args_is_help=True)


@app.callback()
def _metrics() -> None:
    """Keep ``export`` a subcommand while it is the only one."""


class Layer(StrEnum):
    """A format of semantic layers."""

    metricflow = "metricflow"
    ossie = "ossie"


LAYERS = {Layer.metricflow: semantic_layer, Layer.ossie: ossie_model}


@app.command()
def export(
    layer: Annotated[
        Layer, typer.Option("--format", help="dbt's MetricFlow, or Apache Ossie (OSI)")
    ] = Layer.metricflow,
) -> None:
    """Print the KPIs as a semantic layer (YAML) on the published warehouse."""
    model = LAYERS[layer](load_metrics(Settings().include))
    typer.echo(yaml.safe_dump(model, allow_unicode=True, sort_keys=False, width=120), nl=False)
