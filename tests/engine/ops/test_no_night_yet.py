"""What the commands say before the first night."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopwatch.core.settings import Settings
from shopwatch.ops import status


def test_the_demos_home_is_named_where_only_the_demo_was_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = tmp_path / "demo"
    monkeypatch.setattr(status, "DEMO", demo)
    own = Settings(home=tmp_path / "own")
    assert status.no_night_yet(own).endswith("run `make run`")
    Settings(home=demo).published.parent.mkdir(parents=True)
    Settings(home=demo).published.touch()
    assert status.no_night_yet(own).endswith(f"SHOPWATCH_HOME={demo}")
    assert str(own.home) in status.no_night_yet(own)
