"""A gigabyte of orders loads in less than a gigabyte of memory, in either encoding."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
MOST = 1_000  # MB
LINE = re.compile(r"^(UTF-8|GB18030) .* ([\d,]+) MB$", re.M)


@pytest.mark.slow
def test_a_gigabyte_stays_out_of_memory() -> None:
    bench = [sys.executable, "scripts/bench.py", "--size", "1050", "--turns", "1"]
    said = subprocess.run(bench, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    peaks = {encoding: int(peak.replace(",", "")) for encoding, peak in LINE.findall(said)}
    assert set(peaks) == {"UTF-8", "GB18030"}
    assert max(peaks.values()) < MOST, said
