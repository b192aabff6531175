"""KPIs as a semantic layer: MetricFlow's YAML on ``kpi.fct_kpi`` of the published warehouse, from the metric heads.

Format: https://docs.getdbt.com/docs/build/semantic-models (semantic models, measures, metrics).
"""

from __future__ import annotations

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
    entries = [entry for metric in metrics for by in metric.head.by for entry in _metrics(metric, by)]
    return {"semantic_models": [_model()], "metrics": entries}


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


def _metrics(metric: Metric, by: str) -> list[Entry]:
    """The KPI of one entity type; of a ratio with its two parts, which are metrics of their own."""
    head = metric.head
    name = metric.name if by == head.by[0] else f"{metric.name}_by_{by}"
    grain = min(head.all_grains[by], key=GRAINS.index)
    about = {
        "description": f"{head.definition.en}. {head.caveat.en}",
        "config": {"meta": {"entity_type": by, "grain": grain, "unit": head.unit, "title_zh": head.title.zh}},
    }
    labelled = {"name": name, "label": _label(metric, by), **about}
    condition = " and ".join(
        f"{{{{ Dimension('kpi_row__{column}') }}}} = '{value}'"
        for column, value in (("metric", metric.name), ("entity_type", by), ("grain", grain))
    )
    if head.value not in AVERAGED or not head.has_parts:
        measure = "kpi_numerator" if head.value == "sum" else "kpi_value"
        return [{**labelled, "type": "simple", "type_params": {"measure": {"name": measure}}, "filter": condition}]
    parts: list[Entry] = [
        {
            "name": f"{name}_{part}",
            "label": f"{_label(metric, by)}: {text.en}",
            "description": text.en,
            "type": "simple",
            "type_params": {"measure": {"name": f"kpi_{part}"}},
            "filter": condition,
        }
        for part, text in (("numerator", head.numerator), ("denominator", head.denominator))
    ]
    quotient = {part: {"name": f"{name}_{part}"} for part in ("numerator", "denominator")}
    return [*parts, {**labelled, "type": "ratio", "type_params": quotient}]


def _label(metric: Metric, by: str) -> str:
    title = metric.head.title.en
    return title if by == metric.head.by[0] else f"{title} by {by}"
