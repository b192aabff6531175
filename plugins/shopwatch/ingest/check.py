"""Contract checks, run by Great Expectations. Failed rows go to quarantine, the rest is settled."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp, parse_one

from shopwatch.catalog.checks import Check
from shopwatch.catalog.contracts import MONEY_TABLES, Contract, load_contracts
from shopwatch.catalog.headers import readable_header
from shopwatch.core.settings import Settings
from shopwatch.core.sql_files import library_sql
from shopwatch.ingest.detect import RejectedError
from shopwatch.ingest.splits import splitting_headers
from shopwatch.ingest.validation_context import add_to_data_docs, keep_configurations, validation_context
from shopwatch.warehouse.connections import raw_warehouse, run_script, transaction

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.row_conditions import Condition

log = logging.getLogger("shopwatch.ingest.check")

SEVERITY = {"fail": "critical", "warn": "warning"}
WHERE = ["load_id", "line"]
INCOMING = "select distinct source from loads where state = 'incoming'"


@dataclass(frozen=True)
class CheckResult:
    """Check result of one export. ``failed``: rows sent to quarantine; ``warned``: rows kept."""

    source: str
    rows: int
    failed: int
    warned: int
    blocked_loads: int

    def __str__(self) -> str:
        blocked = f", {self.blocked_loads} files do not count" if self.blocked_loads else ""
        return f"{self.source}: {self.rows:,} rows, {self.failed} quarantined, {self.warned} warned{blocked}"


def name_of(check: Check) -> str:
    """One-line name of a check for ledger and mail: ``between(paid, 0..)``."""
    where = "".join(f", {name}={'|'.join(of)}" for name, of in check.where.items())
    if check.expect == "between":
        low = "" if check.min is None else f"{check.min:g}"
        high = "" if check.max is None else f"{check.max:g}"
        return f"between({check.column}, {low}..{high}{where})"
    parts = (check.column, *check.columns, check.other, check.earlier, check.later)
    return f"{check.expect}({', '.join(word for word in parts if word)}{where})"


def check_and_settle(
    settings: Settings, contracts: dict[str, Contract] | None = None, *, quietly: bool = False
) -> list[CheckResult]:
    """Check all incoming rows, quarantine the failed ones and settle the rest.

    One transaction per export. A load with more broken rows than the contract tolerates fails as a whole: its rows do
    not count, so metrics that need its days are blocked. Data Docs are written to ``quality/`` in the home folder.
    ``contracts``: those known to the raw warehouse; default: all. ``quietly``: no Data Docs and no log messages.
    """
    contracts = load_contracts(settings.include) if contracts is None else contracts
    with raw_warehouse(settings, contracts) as con:
        incoming = {source for (source,) in con.execute(INCOMING).fetchall()}
        waiting = [contract for contract in contracts.values() if contract.export in incoming]
        if not waiting:
            return []
        with validation_context(settings, con, is_kept=not quietly) as context:
            earlier = set() if quietly else set(context.validation_results_store.list_keys())
            found = {contract.export: _run_suite(context, contract, is_kept=not quietly) for contract in waiting}
            if not quietly:
                add_to_data_docs(context, earlier)
        checked = []
        for number, contract in enumerate(waiting, start=1):
            with transaction(con):
                checked.append(settle(con, settings, contract, found[contract.export]))
            if not quietly:
                log.info("[%d/%d] %s", number, len(waiting), checked[-1])
    return checked


def _expectation(check: Check) -> Expectation:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    kind, values = _gx_expectation(check)
    if check.where:
        values["row_condition"] = _row_condition(check)
    meta = {"check": name_of(check), "level": check.level}
    return ExpectationConfiguration(
        type=kind, kwargs=values, meta=meta, severity=FailureSeverity(SEVERITY[check.level])
    ).to_domain_obj()


def _row_condition(check: Check) -> Condition:
    from great_expectations.expectations.row_conditions import Column

    return reduce(and_, (Column(name).is_in(of) for name, of in check.where.items()))


def _gx_expectation(check: Check) -> tuple[str, dict[str, Any]]:
    """Translate a check to an expectation type and its arguments."""
    pair = {"or_equal": True, "ignore_row_if": "either_value_is_missing"}
    match check.expect:
        case "not_null":
            return "expect_column_values_to_not_be_null", {"column": check.column}
        case "between":
            limits = {"min_value": check.min, "max_value": check.max}
            return "expect_column_values_to_be_between", {"column": check.column, **limits}
        case "unique":
            return "expect_compound_columns_to_be_unique", {"column_list": ["load_id", *check.columns]}
        case "at_most_column":
            columns = {"column_A": check.other, "column_B": check.column}
            return "expect_column_pair_values_a_to_be_greater_than_b", {**columns, **pair}
        case "ordered":
            columns = {"column_A": check.later, "column_B": check.earlier}
            return "expect_column_pair_values_a_to_be_greater_than_b", {**columns, **pair}


@dataclass(frozen=True)
class FailedCheck:
    """Failed check and its rows."""

    check: Check
    column: str | None
    reason: tuple[str, str]  # code of its sentence, and the values as JSON
    rows: str  # SQL that selects load_id and line of the failing rows


def _run_suite(context: AbstractDataContext, contract: Contract, *, is_kept: bool) -> list[FailedCheck]:
    """Failed checks of one export's incoming rows. ``is_kept``: the suite and its result stay in the context."""
    import great_expectations as gx

    source: Any = context.data_sources.get("raw")  # the base class lacks the methods of an SQL source
    name = contract.export
    if name not in source.get_asset_names():
        source.add_table_asset(name, table_name=name, schema_name="incoming").add_batch_definition_whole_table("all")
    batch = source.get_asset(name).get_batch_definition("all")
    checks = {name_of(check): check for check in contract.all_checks()}
    suite = gx.ExpectationSuite(name=name, expectations=[_expectation(check) for check in checks.values()])
    if is_kept:
        definition = gx.ValidationDefinition(name=name, data=batch, suite=context.suites.add_or_update(suite))
        run = context.validation_definitions.add_or_update(definition).run
        with keep_configurations():
            summary = run(result_format="SUMMARY")
    else:
        with keep_configurations():
            summary = batch.get_batch().validate(suite, result_format="SUMMARY")
    faults = []
    for result in summary.results:
        if result.exception_info and result.exception_info.get("raised_exception"):
            raise RuntimeError(f"{name}: {result.expectation_config}: {result.exception_info}")
        check = checks[_meta(result)["check"]]
        may_lack_part = check.expect == "unique" and _part(contract) in check.columns  # a missing part equals no other
        if result.success and not may_lack_part:
            continue
        column = check.column or check.later or ", ".join(check.columns)
        if check.expect == "unique":
            faults.append(FailedCheck(check, column, _reason_of(contract, check), _repeated(contract, check)))
            continue
        detail = batch.get_batch().validate(
            _expectation(check),
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": WHERE,
                "return_unexpected_index_query": True,
            },
        )
        rows = _where(detail.result["unexpected_index_query"], check)
        faults.append(FailedCheck(check, column, _reason_of(contract, check), rows))
    return [*faults, *_subtotals(contract)]


def _where(query: str, check: Check) -> str:
    """The query for failing rows with the check's ``where``: Great Expectations' own query leaves it out."""
    conditions = [exp.column(name, quoted=True).isin(*of) for name, of in check.where.items()]
    return parse_one(query, dialect="duckdb", into=exp.Select).where(*conditions).sql("duckdb")


def _part(contract: Contract) -> str | None:
    """Key column that distinguishes the parts of one entity (``fingerprint``), or None."""
    columns = contract.columns
    return next((name for name in contract.key if name in columns and columns[name].fingerprint), None)


def _subtotals(contract: Contract) -> list[FailedCheck]:
    """Subtotal rows: without a part, while other rows of the same key have one."""
    if not (part := _part(contract)):
        return []
    key = tuple(name for name in contract.key if name != part)
    check = Check(expect="unique", columns=key, level="fail")
    parts = exp.Window(
        this=exp.Count(this=exp.column(part, quoted=True)),
        partition_by=[exp.column(name, quoted=True) for name in ("load_id", *key)],
    )
    rows = exp.select(*WHERE).from_(exp.to_table(f"incoming.{contract.export}"))
    rows = rows.qualify(exp.and_(exp.column(part, quoted=True).is_(exp.null()), parts > 0))
    code, values = _reason_of(contract, check)
    return [FailedCheck(check, None, (code.replace("check_unique", "subtotal"), values), rows.sql("duckdb"))]


def undated(contract: Contract) -> FailedCheck:
    """Rows without a day. They never count, even if the checks are skipped."""
    check = Check(expect="not_null", column="day", level="fail")
    incoming = exp.to_table(f"incoming.{contract.export}")
    rows = exp.select(*WHERE).from_(incoming).where(exp.column("day").is_(exp.null()))
    return FailedCheck(check, "day", _reason_of(contract, check), rows.sql("duckdb"))


def _reason_of(contract: Contract, check: Check) -> tuple[str, str]:
    """Sentence code of a check and its values as JSON; columns appear under their headers in the export."""

    def header(name: str | None) -> str:
        column = contract.columns.get(name or "")
        return readable_header(column.headers[0]).strip() if column and column.headers else name or ""

    named = {name: header(getattr(check, name)) for name in ("column", "other", "earlier", "later")}
    limits = {name: f"{limit:g}" for name, limit in (("min", check.min), ("max", check.max)) if limit is not None}
    values = {**named, **limits, "columns": [header(name) for name in check.columns if name != _part(contract)]}
    kind = check.expect
    if check.advice:
        return "check_advice", json.dumps({"advice": check.advice.model_dump()}, ensure_ascii=False)
    if kind == "between" and len(limits) == 1:
        return "check_at_least" if "min" in limits else "check_at_most", json.dumps(values, ensure_ascii=False)
    return f"check_{kind}", json.dumps(values, ensure_ascii=False)


def _repeated(contract: Contract, check: Check) -> str:
    """SQL for rows that share their columns with another row of the load.

    Great Expectations' own query leaves its limit unbound and selects ``load_id`` twice.
    """
    alike = [exp.column(name, quoted=True) for name in ("load_id", *check.columns)]
    count = exp.Window(this=exp.Count(this=exp.Star()), partition_by=alike)
    rows = exp.select(*WHERE).from_(exp.to_table(f"incoming.{contract.export}")).qualify(count > 1)
    return rows.sql("duckdb")


def _meta(result: Any) -> dict[str, Any]:
    """Metadata that ``_expectation`` attached to the check, from its result."""
    meta: dict[str, Any] = result.expectation_config.meta
    return meta


def settle(
    con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, found: Sequence[FailedCheck] = ()
) -> CheckResult:
    """Quarantine the failed rows of an export and select the version of each unit that counts."""
    tables = {
        "incoming_rows": f"incoming.{contract.export}",
        "kept_rows": f"main.{contract.table}",
        "apart_rows": f"apart.{contract.table}",
    }
    rows = con.table(tables["incoming_rows"]).shape[0]
    waiting = con.execute(
        "select load_id from loads where source = $1 and state = 'incoming'", [contract.export]
    ).fetchall()
    con.execute(library_sql("ingest/faults"))
    for fault in found:
        where = con.sql(fault.rows).select(*map(duckdb.ColumnExpression, WHERE))
        words = (name_of(fault.check), fault.check.level, fault.column, *fault.reason)
        constants = (duckdb.ConstantExpression(word) for word in words)
        where.select(duckdb.StarExpression(), *constants).insert_into("temp.faults")
    values = {
        "source": contract.export,
        "table_name": contract.table,
        "tolerate": contract.tolerate,
        "has_paid_at": "paid_at" in contract.columns,
    }
    versions = "ingest/order_versions" if contract.table in MONEY_TABLES else "ingest/versions"
    for step in ("ingest/quarantine", versions, "ingest/settle"):
        run_script(con, library_sql(step), tables, values)
    _name_splits(con, settings, contract, [load_id for (load_id,) in waiting])
    counts = con.execute("select * from settled").fetchone()
    assert counts is not None
    return CheckResult(contract.export, rows, *counts)


def _name_splits(
    con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, waiting: Sequence[str]
) -> None:
    """Name the splitting headers of reports that failed for repeated keys, if their originals are kept."""
    failed = con.execute(
        "select load_id, shop, sha256, file, reason_values from loads "
        "where reason_code = 'repeated_keys' and list_contains($1::varchar[], load_id)",
        [waiting],
    ).fetchall()
    for load_id, shop, sha256, file, values in failed:
        # recursive: the archive keeps a folder whose name states the day
        kept = (settings.archive / shop / sha256[:16]).rglob(Path(file).name)
        try:
            headers = [header for path in kept for header in splitting_headers(settings, path, contract)]
        except RejectedError:  # the file was readable once; go on without the hint
            continue
        if headers:
            con.execute(
                "update loads set reason_code = $2, reason_values = $3 where load_id = $1",
                [load_id, "split_report", json.dumps({**json.loads(values), "split_by": headers}, ensure_ascii=False)],
            )
