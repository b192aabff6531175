"""Small inputs that went wrong once, read where they lie: beside the checkout, in ``../shared/cases``."""

from __future__ import annotations

from pathlib import Path

import pytest

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"


def case_file(name: str) -> bytes:
    """The bytes of a file of a case; skips the test where the cases are not at hand."""
    if not CASES.is_dir():
        pytest.skip("the cases are not here")
    return (CASES / name).read_bytes()
