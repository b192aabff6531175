"""Every case of the YAML files beside this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopwatch.rules.cases import Case, read_cases, run_case
from shopwatch.settings import Settings

CASES = [
    pytest.param(case, id=f"{path.stem}: {case.case}")
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for case in read_cases(path)
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case) -> None:
    assert run_case(Settings(), case) is None


def test_there_are_cases_enough() -> None:
    assert len(CASES) >= 60
