"""The house rules that a reader relies on: who may import whom, how long files and functions are, what names mean."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

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
    "shards",
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


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    nodes = list(ast.walk(tree_of(path)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return frozenset(names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)})


def failing(paths: Iterable[Path], holds: Callable[[Path], bool]) -> list[str]:
    """The files that break a rule, by their paths."""
    return [str(path.relative_to(PROJECT)) for path in paths if not holds(path)]


def test_the_library_knows_neither_airflow_nor_the_dags() -> None:
    others = {"airflow", "dags", "run_context", "nightly_watch"}
    assert failing(LIBRARY, lambda path: not {name.split(".")[0] for name in imports(path)} & others) == []


def imports_no_later_package(path: Path) -> bool:
    package = package_of(f"shopwatch.{'.'.join(path.relative_to(SHOPWATCH).with_suffix('').parts)}")
    allowed = LAYERS[: LAYERS.index(package) + 1]
    return {package_of(name) for name in imports(path) if name.startswith("shopwatch.")} <= set(allowed)


def test_packages_depend_one_way() -> None:
    assert failing(LIBRARY, imports_no_later_package) == []


def test_no_file_is_longer_than_400_lines() -> None:
    assert failing(ALL, lambda path: len(path.read_text("utf-8").splitlines()) <= 400) == []


def large_functions(path: Path) -> list[str]:
    """Functions of more than 60 lines or 6 parameters without a comment above that says why."""
    lines = path.read_text("utf-8").splitlines()
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            is_large = len(names) - (names[:1] in (["self"], ["cls"])) > 6 or node.end_lineno - node.lineno >= 60
            if is_large and not lines[node.lineno - 2].strip().startswith("#"):
                found.append(f"{path.relative_to(PROJECT)}: {node.name}")
    return found


def test_functions_are_short_or_give_their_reason() -> None:
    assert [name for path in CODE if "versions" not in path.parts for name in large_functions(path)] == []


def test_no_two_classes_of_the_library_have_one_name() -> None:
    names = [node.name for path in LIBRARY for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)]
    assert sorted(name for name, count in Counter(names).items() if count > 1 and not name.startswith("_")) == []


def test_airflow_is_kept_from_executing_the_library() -> None:
    assert "shopwatch/" in (PROJECT / "plugins" / ".airflowignore").read_text().split()
