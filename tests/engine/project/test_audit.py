"""``make audit`` never takes what could not be asked for what is well."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from night_tools import PROJECT

report: Any = runpy.run_path(str(PROJECT / "scripts" / "audit.py"))["report"]
FINE = {"name": "rich", "version": "15.0.0", "vulns": []}
FAULTY = {"name": "wtforms", "version": "3.3.2", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["3.3.3"]}]}
UNKNOWN = {"name": "xlwt", "skip_reason": "Dependency not found on PyPI and could not be audited: xlwt (1.3.0)"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([FINE], 0, "1 packages checked, 0 known faults"),
        ([FINE, FAULTY, UNKNOWN], 1, "wtforms 3.3.2: PYSEC-2026-1, fixed in 3.3.3"),
        ([FINE, UNKNOWN], 2, "NOT checked, 1 packages have no advisories here: xlwt"),
    ],
)
def test_a_fault_fails_and_so_does_a_package_that_could_not_be_looked_up(
    packages: list[dict[str, Any]], code: int, said: str
) -> None:
    found, lines = report("lock", json.dumps({"dependencies": packages}), "")
    assert found == code
    assert said in "\n".join(lines)


def test_without_a_network_it_says_that_it_could_not(tmp_path: Path) -> None:
    pytest.importorskip("pip_audit")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"rich==15.0.0 --hash=sha256:{'0' * 64}\n")
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    kept = {name: value for name, value in os.environ.items() if name.upper() != "NO_PROXY"}
    command = [sys.executable, str(PROJECT / "scripts" / "audit.py"), str(lock)]
    done = subprocess.run(command, env=kept | nowhere, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "NOT checked" in done.stdout
