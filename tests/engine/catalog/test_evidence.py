"""The rows behind a KPI's number, as they are declared."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlglot

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.errors import DeclarationError
from shopwatch.core.settings import PROJECT, Settings

KNOWN = Catalog(Settings(home=PROJECT))


@pytest.mark.parametrize("name", KNOWN.evidence)
def test_a_head_lists_the_columns_of_its_statement_and_words_that_exist(name: str) -> None:
    evidence = KNOWN.evidence[name]
    assert sqlglot.parse_one(evidence.sql, read="duckdb").named_selects == list(evidence.head.columns)
    for column in evidence.head.columns.values():
        if column.words:
            contract, of = column.words.split(".")
            assert KNOWN.contracts[contract].columns[of].values


@pytest.mark.parametrize("name", KNOWN.evidence)
def test_no_pseudonym_is_shown(name: str) -> None:
    columns = (column for contract in KNOWN.contracts.values() for column in contract.columns.items())
    pseudonyms = {column for column, declared in columns if declared.type == "pseudonym"}
    assert {"waybill", "buyer"} <= pseudonyms
    assert not pseudonyms & KNOWN.evidence[name].head.columns.keys()


def test_each_is_used_by_a_kpi() -> None:
    assert {metric.head.evidence for metric in KNOWN.metrics.values()} - {None} == KNOWN.evidence.keys()


def test_a_kpi_with_unknown_evidence_names_the_closest(tmp_path: Path) -> None:
    include = Path(shutil.copytree(PROJECT / "include", tmp_path / "include"))
    file = include / "sql" / "metrics" / "overdue_orders.sql"
    file.write_text(file.read_text("utf-8").replace("evidence: overdue_orders", "evidence: overdue_order"), "utf-8")
    with pytest.raises(DeclarationError, match=r"overdue_orders: unknown evidence `overdue_order` \(did you mean"):
        _ = Catalog(Settings(home=tmp_path, include=include)).metrics
