"""A copy of the project with an export, KPI, rule, review table and channel more passes the engine's tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cookbooks import add_files
from night_tools import PROJECT

PARTS = (
    ("agents", "airflow", "browser", "catalog", "charts", "core"),
    ("ingest",),
    ("judge", "notify", "ops"),
    ("pipeline", "project", "review", "shards", "sql", "store", "warehouse", "web"),
)
"""Rooms of the tests, in parts of ten minutes."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("copy") / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", "data", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(PROJECT, copy, ignore=ignored)
    add_files(copy)
    return copy


def test_every_room_is_tried() -> None:
    rooms = {path.name for path in (PROJECT / "tests" / "engine").iterdir() if path.is_dir()} - {"__pycache__"}
    assert {room for part in PARTS for room in part} == rooms


@pytest.mark.slow
@pytest.mark.parametrize("rooms", PARTS, ids="-".join)
def test_the_engines_tests_pass(project: Path, rooms: tuple[str, ...]) -> None:
    tests = [f"tests/engine/{room}" for room in rooms]
    command = [sys.executable, "-m", "pytest", "-m", "not slow", "-n", "2", "--dist", "loadfile", *tests]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env |= {"PYTHONPATH": f"{project / 'plugins'}{os.pathsep}{project}"}
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
