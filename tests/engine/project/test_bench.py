"""What `make bench` runs still runs: a few rows of each, whatever they take."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shopwatch.core.settings import PROJECT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ("bench.py", "--size", "1", "--turns", "1"), ("DuckDB ", "UTF-8 ", "GB18030 "), marks=pytest.mark.slow
        ),
        (("bench_judge.py", "--rules", "2", "--entities", "50"), ("first   judge", "next    store", "next    digests")),
        pytest.param(
            ("bench_unusual.py", "--shops", "2"),
            ("day  calm    unusual", "week wild    seasonal"),
            marks=pytest.mark.slow,
        ),
        (("bench_demand.py", "--files", "/nowhere"), ("no csv in /nowhere",)),
        pytest.param(
            ("bench_nights.py", "--months", "1", "--orders", "5", "--products", "3", "--campaigns", "1"),
            ("  1 months and 4 new days", "ratio one new day"),
            marks=pytest.mark.slow,  # five nights of all models
        ),
        pytest.param(
            ("bench_peers.py", "--days", "8", "--orders", "20", "--products", "5", "--campaigns", "1", "--turns", "1"),
            ("full         ours", "one new day  bare"),
            marks=pytest.mark.slow,  # installs dbt and SQLMesh, or says that it cannot
        ),
    ],
)
def test_a_small_bench_prints_its_ratios(arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    script, *options = arguments
    command = [sys.executable, str(PROJECT / "scripts" / script), *options]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert all(any(line.startswith(word) for line in lines) for word in said), lines
