"""``make check`` runs the nearest tests of a changed module, and those that read a changed rule or statement."""

from __future__ import annotations

import pytest

from night_tools import PROJECT
from scripts.check_changed import MOST, OF_DATA, find_tests_of_data, nearest_tests


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


def test_of_a_module_that_many_import_the_nearest_run() -> None:
    tests = [PROJECT / "tests" / "engine" / "web" / f"test_{n}.py" for n in range(MOST)]
    same_package = PROJECT / "tests" / "engine" / "core" / "test_files.py"
    same_name = PROJECT / "tests" / "engine" / "ops" / "test_settings.py"
    imports = {test: {"shopwatch.core.settings"} for test in (*tests, same_package, same_name)}
    found = nearest_tests(PROJECT / "plugins" / "shopwatch" / "core" / "settings.py", imports)
    assert found[:2] == [same_name, same_package]
    assert len(found) == MOST
    assert nearest_tests(PROJECT / "plugins" / "shopwatch" / "core" / "units.py", imports) == []
