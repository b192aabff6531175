"""A project with a few contracts and tables alone: making a table for each of all takes most of a night."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from shopwatch.core.settings import Settings
from shopwatch.warehouse.models import load_models, tables_read

OF_ORDERS = ("orders", "order_lines", "refunds", "parcels", "order_fees")
SHOPS = "qinghe: {title: 青禾, platform: tmall, currency: CNY}\n"
TABLES = ("marts.fct_order", "staging.stg_loads", "staging.stg_quarantine")


def small_include(include: Path, tables: tuple[str, ...] = TABLES) -> Path:
    """The project's include with the contracts of orders and of 万相台, and the models of ``tables``; no metrics."""
    whole = Settings().include
    layers = ("staging", "intermediate", "marts", "kpi", "review", "metrics")
    shutil.copytree(whole, include, ignore=shutil.ignore_patterns("sources", "reconcile", *layers))
    for path in (whole / "sources").glob("*/*.yaml"):
        if path.match("wanxiang/plans.yaml") or re.search(
            rf"(?m)^table: ({'|'.join(OF_ORDERS)})$", path.read_text("utf-8")
        ):
            _copy(path, include / path.relative_to(whole))
    (include / "shops.yaml").write_text(SHOPS, "utf-8")
    models = load_models(whole)
    kept, wanted = (
        set[str](),
        {*tables, "staging.stg_parcels", "staging.stg_order_fees"},
    )  # a build looks for changed parcels of an order
    while wanted:
        kept |= wanted
        wanted = {read for name in wanted for read in tables_read(models[name].sql) if read in models} - kept
    for name in kept:
        layer, _, table = name.partition(".")
        _copy(whole / "sql" / layer / f"{table}.sql", include / "sql" / layer / f"{table}.sql")
    return include


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)
