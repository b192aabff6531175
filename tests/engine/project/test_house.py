"""The house rules that a reader relies on: who may import whom, how long files and functions are, what names mean."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
SHOPWATCH = PROJECT / "plugins" / "shopwatch"
LIBRARY = sorted(SHOPWATCH.rglob("*.py"))
LAYERS = (
    "core",
    "charts",
    "catalog",
    "store",
    "warehouse",
    "ingest.formats",
    "ingest",
    "ingest.preview",
    "judge",
    "notify",
    "review",
    "ops",
    "web",
    "pipeline",
    "agents",
    "cli",
    "__init__",
    "__main__",
)
"""A package imports itself and those before it; so there are no cycles."""
FOLDERS = ("dags", "scripts", "tests")
CODE = [
    *LIBRARY,
    *(path for folder in ("dags", "demo", "scripts") for path in sorted((PROJECT / folder).rglob("*.py"))),
]
ALL = [*LIBRARY, *(path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*.py")))]


def package_of(module: str) -> str:
    """``shopwatch.ingest.formats.biff`` is in ``ingest.formats``, ``shopwatch.judge.cases`` in ``judge``."""
    parts = module.split(".")[1:]
    return max((".".join(parts[:end]) for end in (1, 2)), key=LAYERS.__contains__)


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(PROJECT)))
def test_the_library_knows_neither_airflow_nor_the_dags(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"airflow", "dags", "run_context", "nightly_watch"}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(PROJECT)))
def test_packages_depend_one_way(path: Path) -> None:
    package = package_of(f"shopwatch.{'.'.join(path.relative_to(SHOPWATCH).with_suffix('').parts)}")
    allowed = LAYERS[: LAYERS.index(package) + 1]
    assert {package_of(name) for name in imports(path) if name.startswith("shopwatch.")} <= set(allowed)


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize(
    "path",
    [path for path in CODE if "versions" not in path.parts],
    ids=lambda path: str(path.relative_to(PROJECT)),
)
def test_functions_are_short_or_give_their_reason(path: Path) -> None:
    """At most 60 lines and 6 parameters, but where a comment above the function says why."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            is_large = len(names) - (names[:1] in (["self"], ["cls"])) > 6 or node.end_lineno - node.lineno >= 60
            assert not is_large or lines[node.lineno - 2].strip().startswith("#"), node.name


def test_no_two_classes_of_the_library_have_one_name() -> None:
    trees = [ast.parse(path.read_text("utf-8")) for path in LIBRARY]
    names = [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert sorted(name for name, count in Counter(names).items() if count > 1 and not name.startswith("_")) == []


def test_airflow_is_kept_from_executing_the_library() -> None:
    assert "shopwatch/" in (PROJECT / "plugins" / ".airflowignore").read_text().split()
