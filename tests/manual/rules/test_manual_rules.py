"""The cases of the shipped rules: every YAML file beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.judge.cases import Case, read_cases, run_case

CATALOG = Catalog(Settings())
CASES = [
    pytest.param(case, id=f"{path.stem}: {case.case}")
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in read_cases(path)
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case) -> None:
    assert run_case(CATALOG, CATALOG.rules, case) is None
