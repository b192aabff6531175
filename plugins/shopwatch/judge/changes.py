"""Evaluation of what changed since the night that was judged last; the result equals that of a full evaluation.

Compared are fingerprints of the KPIs by period (``ops.judged_inputs``). Periods that changed or have closed, and those
that are compared with them, are judged again for all entities. Histories whose verdicts differ are followed from the
first difference on, from the state before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

import duckdb

from shopwatch.core.sql_files import LIBRARY, library_sql
from shopwatch.warehouse.integrity import has_table

TEMP, TABLE, VIEW = "create or replace temp table", "create or replace table", "create or replace temp view"


def basis_of(con: duckdb.DuckDBPyConnection, macros: str) -> str:
    """Hash of what affects all periods: the judge's SQL, macros, rules, calendar, targets and statuses."""
    content = [macros, *(path.read_text("utf-8") for path in sorted((LIBRARY / "judge" / "sql").glob("*.sql")))]
    declared = (con.table("judged_rules").order("rule"), con.table("judged_windows"), con.table("judged_events"))
    content += [repr(rows.fetchall()) for rows in (*declared, con.sql(library_sql("judge/basis")))]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


def night_before(con: duckdb.DuckDBPyConnection, basis: str, night: date) -> date | None:
    """Night of the last evaluation, if this one can continue from it.

    None if the basis changed, the night is earlier than the last one, or the store no longer knows an entity.
    """
    if not has_table(con, "judged_basis", schema="ops"):
        return None
    row = con.execute("select night from ops.judged_basis where basis = $1 and night <= $2", [basis, night]).fetchone()
    if row is None or con.execute(library_sql("judge/no_longer_kept")).fetchone():
        return None
    found: date = row[0]
    return found


def record_basis(con: duckdb.DuckDBPyConnection, basis: str) -> None:
    """Record the basis of an evaluation, and what else the next one compares with."""
    con.execute(library_sql("judge/judged_state"))
    con.execute("update ops.judged_basis set basis = $1", [basis])
    if has_table(con, "unjudged", schema="meta"):
        con.execute("delete from meta.unjudged")


def judge_changes(con: duckdb.DuckDBPyConnection, before: date) -> None:
    """Bring the judge's tables up to date with what changed since the night judged last."""
    _find_changes(con, before)
    _judge_again(con, before)
    _follow(con)
    run(con, TEMP, "judged_spans", "firing_changes")
    _explain(con)
    run(con, TEMP, "judged_affected", "affected")
    con.execute(library_sql("judge/update_inhibited"))
    con.execute(library_sql("judge/drop_episodes"))
    run(con, TEMP, "judged_open", "affected_verdicts")
    con.execute(f"insert into ops.episodes by name {library_sql('judge/episodes')}")


def describe_alerts(con: duckdb.DuckDBPyConnection) -> None:
    """Find the alerts that others explain, and describe all."""
    run(con, TEMP, "judged_spans", "every_span")
    _explain(con)
    con.execute(library_sql("judge/update_inhibited"))
    run(con, TEMP, "judged_open", "firing_verdicts")
    run(con, TABLE, "ops.episodes", "episodes")


def _explain(con: duckdb.DuckDBPyConnection) -> None:
    """Find the alerts that others explain, in the days of ``judged_spans``."""
    run(con, TEMP, "judged_firing", "firing_again")
    run(con, TEMP, "judged_to_explain", "explain_again")
    run(con, TEMP, "judged_explained", "explained")


def _find_changes(con: duckdb.DuckDBPyConnection, before: date) -> None:
    """Find the periods to judge again, and bring entities and missing periods up to date."""
    _find_marks(con, before)
    run(con, TEMP, "judged_inputs", "marked_inputs")
    run(con, TEMP, "judged_changed_inputs", "changed_inputs")
    con.execute(library_sql("judge/update_inputs"))
    run(con, TEMP, "judged_changed_entities", "changed_entities")
    con.execute(library_sql("judge/update_entities"))
    con.execute("create or replace temp table judged_known_missing as select * from ops.missing_periods")
    run(con, TABLE, "ops.missing_periods", "missing")
    run(con, TEMP, "judged_dirty", "dirty", {"night": before})


def _find_marks(con: duckdb.DuckDBPyConnection, before: date) -> None:
    """Find the periods whose KPIs may have changed: all, where no build has noted which."""
    is_noted = has_table(con, "unjudged", schema="meta")
    if is_noted and not con.execute("from meta.unjudged where shop is null").fetchone():
        run(con, TEMP, "judged_marks", "marks", {"night": before})
    else:
        run(con, TEMP, "judged_marks", "every_mark")


def _judge_again(con: duckdb.DuckDBPyConnection, before: date) -> None:
    """Judge the changed periods of all entities, and all periods of entities that begin to count against a rule."""
    con.execute(library_sql("judge/reach"))
    run(con, TEMP, "judged_scope", "scope")
    run(con, TEMP, "judged_periods", "scoped_periods")
    run(con, TEMP, "judged_unusual", "unusual")
    run(con, TEMP, "judged_base", "judged")
    con.execute(library_sql("judge/update_counts"))
    run(con, TEMP, "judged_histories", "changed_histories", {"night": before})
    if con.table("judged_histories").filter("is_new").shape[0]:
        con.execute("update judged_reach set first_day = null")
        run(con, TEMP, "judged_scope", "scope_of_new")
        run(con, TEMP, "judged_periods", "scoped_periods")
        run(con, TEMP, "judged_unusual", "unusual")
        run(con, TEMP, "judged_base_of_new", "judged")
    else:
        con.execute("create or replace temp table judged_base_of_new as select * from judged_base limit 0")
    run(con, VIEW, "judged_all", "judged_again")
    run(con, TEMP, "judged_examined", "examined")


def _follow(con: duckdb.DuckDBPyConnection) -> None:
    """Follow the histories from their first change on, and replace their verdicts."""
    run(con, TEMP, "judged_stored", "stored")
    run(con, TEMP, "judged_first_changes", "first_changes")
    run(con, TEMP, "judged_before", "before")
    run(con, TEMP, "judged_carried", "carried")
    run(con, TEMP, "judged_examined", "continued")
    run(con, TEMP, "judged_followed", "followed")
    con.execute(library_sql("judge/update_verdicts"))
    con.execute(library_sql("judge/drop_histories"))


def run(
    con: duckdb.DuckDBPyConnection, keep: str, name: str, statement: str, values: Mapping[str, object] | None = None
) -> None:
    """Keep the result of one of the judge's statements as a table or view."""
    con.execute(f"{keep} {name} as {library_sql(f'judge/{statement}')}", dict(values or {}))
