"""One published Sunday for all tests of the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from shop import copy

from shopwatch.core.settings import Settings


@pytest.fixture(scope="session")
def home(watched: Path) -> Path:
    """To be read only."""
    return watched


@pytest.fixture
def settings(watched: Path, tmp_path: Path) -> Settings:
    return copy(watched, tmp_path / "home")
