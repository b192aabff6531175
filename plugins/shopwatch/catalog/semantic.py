"""KPIs as a semantic layer: MetricFlow's YAML on ``kpi.fct_kpi`` of the published warehouse, from the metric heads.

Format: https://docs.getdbt.com/docs/build/semantic-models (semantic models, measures, metrics).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shopwatch.catalog.metrics import Grain, Metric

Entry = dict[str, Any]
GRAINS: tuple[Grain, ...] = ("day", "week", "month")
TABLE = "fct_kpi"
DIMENSIONS = ("metric", "entity_type", "entity", "grain", "currency")
AVERAGED = ("ratio", "mean")
"""Roll-ups that are numerator by denominator over any periods; of a mean both are weighted by the denominator."""


def semantic_layer(metrics: list[Metric]) -> Entry:
    """The semantic model of ``kpi.fct_kpi``, and a metric for each KPI and entity type at its shortest period.

    Sums add up, and ratios are sums of their parts divided. All other values (stock of the last day, scores, hours) are
    averaged over the rows of a query: they are the KPI's own for one entity and one period.
    """
    entries = [
        entry for metric in metrics for name, by in names_and_types(metric) for entry in _metrics(metric, name, by)
    ]
    return {"semantic_models": [_model()], "metrics": entries}


def names_and_types(metric: Metric) -> Iterator[tuple[str, str]]:
    """Name of the KPI for each of its entity types; the first type's is the KPI's own."""
    for by in metric.head.by:
        yield metric.name if by == metric.head.by[0] else f"{metric.name}_by_{by}", by


def selection(metric: Metric, by: str) -> dict[str, str]:
    """Column of ``kpi.fct_kpi`` -> value in the rows of a KPI and entity type at its shortest period."""
    return {"metric": metric.name, "entity_type": by, "grain": min(metric.head.all_grains[by], key=GRAINS.index)}


def is_quotient(metric: Metric) -> bool:
    """Whether the KPI over several rows is their numerators divided by their denominators."""
    return metric.head.value in AVERAGED and metric.head.has_parts


def label(metric: Metric, by: str) -> str:
    """Title of the KPI, with its entity type if it has several."""
    title = metric.head.title.en
    return title if by == metric.head.by[0] else f"{title} by {by}"


def _model() -> Entry:
    key = "shop || '/' || metric || '/' || entity_type || '/' || entity || '/' || grain || '/' || period_start"
    return {
        "name": TABLE,
        "description": "one row per shop, metric, entity, grain and period of kpi.fct_kpi",
        "model": f"ref('{TABLE}')",
        "defaults": {"agg_time_dimension": "period_start"},
        "entities": [
            {"name": "kpi_row", "type": "primary", "expr": key},
            {"name": "shop", "type": "foreign", "expr": "shop"},
        ],
        "dimensions": [
            {"name": "period_start", "type": "time", "type_params": {"time_granularity": "day"}},
            *({"name": name, "type": "categorical"} for name in DIMENSIONS),
        ],
        "measures": [
            {"name": "kpi_numerator", "agg": "sum", "expr": "numerator"},
            {"name": "kpi_denominator", "agg": "sum", "expr": "denominator"},
            {"name": "kpi_value", "agg": "average", "expr": "value"},
        ],
    }


def _metrics(metric: Metric, name: str, by: str) -> list[Entry]:
    """The KPI of one entity type; of a ratio with its two parts, which are metrics of their own."""
    head, chosen = metric.head, selection(metric, by)
    meta = {"entity_type": by, "grain": chosen["grain"], "unit": head.unit, "title_zh": head.title.zh}
    about = {"description": f"{head.definition.en}. {head.caveat.en}", "config": {"meta": meta}}
    labelled = {"name": name, "label": label(metric, by), **about}
    condition = " and ".join(
        f"{{{{ Dimension('kpi_row__{column}') }}}} = '{value}'" for column, value in chosen.items()
    )
    if not is_quotient(metric):
        measure = "kpi_numerator" if head.value == "sum" else "kpi_value"
        return [{**labelled, "type": "simple", "type_params": {"measure": {"name": measure}}, "filter": condition}]
    parts: list[Entry] = [
        {
            "name": f"{name}_{part}",
            "label": f"{label(metric, by)}: {text.en}",
            "description": text.en,
            "type": "simple",
            "type_params": {"measure": {"name": f"kpi_{part}"}},
            "filter": condition,
        }
        for part, text in (("numerator", head.numerator), ("denominator", head.denominator))
    ]
    quotient = {part: {"name": f"{name}_{part}"} for part in ("numerator", "denominator")}
    return [*parts, {**labelled, "type": "ratio", "type_params": quotient}]
