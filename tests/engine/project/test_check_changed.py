"""``make check`` runs the tests that read a changed rule, export or statement, which no Python file imports."""

from __future__ import annotations

import pytest

from night_tools import PROJECT
from scripts.check_changed import OF_DATA, find_tests_of_data


@pytest.mark.parametrize(
    ("changed", "test"),
    [
        ("include/rules/review.yaml", "tests/manual/rules/test_manual_rules.py"),
        ("include/sql/metrics/bad_reviews.sql", "tests/engine/sql/test_sql_cases.py"),
        ("tests/engine/sql/metrics/bad_reviews.yaml", "tests/engine/sql/test_sql_cases.py"),
    ],
)
def test_changed_data_runs_its_tests(changed: str, test: str) -> None:
    path = PROJECT / changed
    assert find_tests_of_data({path, PROJECT / "README.md"})[test] == {path.stem}


def test_the_tests_of_data_are_there() -> None:
    named = [*OF_DATA, *(test for tests in OF_DATA.values() for test in tests)]
    assert [name for name in named if not (PROJECT / name).exists()] == []
