"""The weekly review tables: built from the first week on that changed since the last time."""

from __future__ import annotations

from datetime import date

import duckdb
from sqlglot import exp

from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.warehouse.connections import model_macros
from shopwatch.warehouse.models import (
    REVIEW,
    Model,
    build_order,
    built_with,
    count_rows,
    create_table,
    load_models,
    present_tables,
    replace_rows,
)
from shopwatch.warehouse.written import is_news


def build_review(con: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Build the weekly review tables from the modelled and judged ones; returns the number of rows written.

    A table whose head says ``partition: onward`` keeps the rows of weeks before the first changed one.
    """
    models, macros = load_models(settings.include, REVIEW), model_macros(settings)
    con.execute(macros)
    con.execute(library_sql("warehouse/warehouse"))
    code = (built_with(con)[:1], macros, [(model.name, model.sql) for model in models.values()])
    present = set() if is_news(con, "review", code) else present_tables(con)
    (first_week,) = con.execute(library_sql("warehouse/first_week_to_review")).fetchall()[0]
    rows = 0
    for name in build_order(models, []):
        model, is_onward = models[name], first_week is not None and models[name].head.partition == "onward"
        if name not in present:
            rows += create_table(con, model)
        elif is_onward:
            rows += _replace_onward(con, model, first_week)
        else:
            rows += replace_rows(con, model)
    con.execute(library_sql("warehouse/mark_reviewed"))
    return rows


def _replace_onward(con: duckdb.DuckDBPyConnection, model: Model, first_week: date) -> int:
    """Replace the rows from a week on, and give the others the night; returns the number of rows written."""
    table, week = exp.to_table(model.name), exp.column("week_start")
    values = {"first_week": first_week}
    first = exp.Placeholder(this="first_week")
    con.execute(exp.delete(table, where=week >= first).sql("duckdb"), values)
    con.execute("set variable first_week = $first_week", values)
    insertion = f"insert into {model.name} from query($sql) where week_start >= $first_week"
    count = count_rows(con.execute(insertion, {"sql": model.sql, **values}))
    con.execute("reset variable first_week")
    night = exp.select("night").from_("meta.night").subquery()
    con.execute(exp.update(table, {"as_of": night}, where=week < first).sql("duckdb"), values)
    return count
