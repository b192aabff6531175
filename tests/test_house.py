"""The house rules that a reader relies on: who may import whom, and how long a file may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
LIBRARY = sorted((PROJECT / "plugins" / "shopwatch").rglob("*.py"))
FOLDERS = ("dags", "scripts", "tests")
ALL = [*LIBRARY, *(path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*.py")))]


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(PROJECT)))
def test_the_library_knows_neither_airflow_nor_the_dags(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"airflow", "dags", "run_context", "nightly_watch"}


def test_reading_exports_knows_nothing_of_rules_and_mails() -> None:
    for path in (PROJECT / "plugins" / "shopwatch" / "exports").glob("*.py"):
        assert not [name for name in imports(path) if name.startswith(("shopwatch.judge", "shopwatch.notify"))]


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_airflow_is_kept_from_executing_the_library() -> None:
    assert "shopwatch/" in (PROJECT / "plugins" / ".airflowignore").read_text().split()
