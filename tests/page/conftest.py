"""One published Sunday for all tests of the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from shop import copy

from shopwatch.settings import Settings
from watched_shop import watch_shop


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To be read only."""
    return watch_shop(tmp_path_factory.mktemp("pages")).home


@pytest.fixture
def settings(home: Path, tmp_path: Path) -> Settings:
    return copy(home, tmp_path / "home")
