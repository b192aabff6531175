"""``make check``: run the quick tests that changed, and those that import a changed module."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
ALWAYS = "tests/engine/project/test_house.py"


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


def main() -> int:
    """Run the chosen tests; returns the exit code of pytest."""
    changed = changed_files()
    modules = {module_of(path) for path in changed if path.suffix == ".py"}
    tests = sorted((PROJECT / "tests").rglob("test_*.py"))
    chosen = [path for path in tests if path in changed or imported_modules(path) & modules]
    names = dict.fromkeys([ALWAYS, *(str(path.relative_to(PROJECT)) for path in chosen)])
    print(f"{len(names)} of {len(tests)} test files")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "not slow", *names], cwd=PROJECT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
