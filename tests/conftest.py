from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopwatch.settings import Settings

os.environ["GX_ANALYTICS_ENABLED"] = "False"


@pytest.fixture(autouse=True, scope="session")
def clean_environment() -> Iterator[None]:
    """Nothing of the caller's own installation reaches a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("SHOPWATCH_") or name == "SMTP_URL":
                patch.delenv(name)
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0)
