"""``make check``: run the quick tests that changed, those that import a changed module, and those of changed data.

It takes less than a minute. Of the SQL cases only those of the changed statements run, of a module that many tests
import those nearest to it, and no test that needs a whole demo: `make test` runs them all.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ALWAYS = "tests/engine/project/test_house.py"
LISTS = ("tests/manual/test_lists.py", "tests/manual/test_manual.py")
SQL_CASES = "tests/engine/sql/test_sql_cases.py"
OF_DATA = {
    "include/rules": ("tests/manual/rules/test_manual_rules.py", *LISTS),
    "tests/manual/rules": ("tests/manual/rules/test_manual_rules.py",),
    "include/sources": ("tests/engine/ingest/test_contract.py", *LISTS),
    "include/sql": (SQL_CASES, *LISTS),
    "tests/engine/sql": (SQL_CASES,),
}
"""Folder of YAML and SQL -> the tests that read its files."""
PARALLEL = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder")
MOST = 4
"""Most test files for one changed module; a core module has two hundred."""


def base() -> str:
    """The revision to compare with: main, else that of origin, else the last commit."""
    for name in ("main", "origin/main"):
        if (
            subprocess.call(["git", "rev-parse", "--verify", "--quiet", name], cwd=PROJECT, stdout=subprocess.DEVNULL)
            == 0
        ):
            return name
    return "HEAD"


def changed_files() -> set[Path]:
    """Files that differ from main, committed or not."""
    commands = (["diff", "--name-only", base()], ["ls-files", "--others", "--exclude-standard"])
    outputs = [
        subprocess.run(["git", *one], cwd=PROJECT, capture_output=True, text=True, check=True) for one in commands
    ]
    return {PROJECT / name for output in outputs for name in output.stdout.splitlines()}


def imported_modules(path: Path) -> set[str]:
    """Modules that a file imports, including ``from package import module``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def module_of(path: Path) -> str:
    """Module name of a file: ``plugins/shopwatch/core/errors.py`` -> ``shopwatch.core.errors``."""
    for root in (PROJECT / "plugins", PROJECT / "tests", PROJECT):
        if path.is_relative_to(root):
            return ".".join(path.relative_to(root).with_suffix("").parts)
    return ""


def nearest_tests(path: Path, imports: dict[Path, set[str]]) -> list[Path]:
    """Test files that import a changed module: those called like it first, then those of its package."""
    module = module_of(path)
    found = [test for test in imports if module in imports[test]]

    def is_further(test: Path) -> tuple[bool, bool]:
        return path.stem not in test.stem, test.parent.name != path.parent.name

    return sorted(found, key=is_further)[:MOST]


def find_tests_of_data(changed: set[Path]) -> dict[str, set[str]]:
    """Test files that read changed data -> the names of the changed files."""
    found: dict[str, set[str]] = {}
    for folder, tests in OF_DATA.items():
        names = {p.stem for p in changed if p.suffix in (".yaml", ".sql") and p.is_relative_to(PROJECT / folder)}
        for test in tests if names else ():
            found.setdefault(test, set()).update(names)
    return found


def main() -> int:
    """Run the chosen tests; returns the exit code of pytest."""
    changed = changed_files()
    of_data = find_tests_of_data(changed)
    tests = sorted((PROJECT / "tests").rglob("test_*.py"))
    imports = {path: imported_modules(path) for path in tests}
    chosen = {path for path in tests if path in changed}
    for path in changed:
        if path.suffix == ".py":
            chosen.update(nearest_tests(path, imports))
    by_import = [str(path.relative_to(PROJECT)) for path in sorted(chosen)]
    names = dict.fromkeys([ALWAYS, *by_import, *of_data])
    print(f"{len(names)} of {len(tests)} test files")
    some = [] if SQL_CASES in by_import else sorted(of_data.get(SQL_CASES, ()))
    only = ["-k", " or ".join(["not test_sql_cases", *some])] if some else []
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "not slow", "--without-demo", *PARALLEL, *only, *names],
        cwd=PROJECT,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
