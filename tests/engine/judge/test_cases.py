"""The cases of the rule language: every YAML file beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.judge.cases import read_cases, run_cases

CATALOG = Catalog(Settings())
RULES = CATALOG.rules
CASES = {
    f"{path.stem}: {case.case}": case
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in read_cases(path)
}


@pytest.fixture(scope="module")
def results() -> dict[str, str | None]:
    """Name of a case -> what the judge reached in its place."""
    return dict(zip(CASES, run_cases(CATALOG, RULES, list(CASES.values())), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, results: dict[str, str | None]) -> None:
    assert results[name] is None
