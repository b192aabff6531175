from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from night_tools import PROJECT, Demo, Process, environment
from shopwatch.settings import Settings
from warehouses import judge_and_tell, take_in
from watched_shop import watch_shop

UCI_FILES = Path(__file__).resolve().parents[2] / "shared" / "data" / "uci_online_retail_by_day"

os.environ["GX_ANALYTICS_ENABLED"] = "False"

SHARED = ("demo", "watched", "uci")
"""Fixtures of a whole session, which take long to make: all tests of one run in one worker, before the others."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests for ``--dist loadgroup``: by the fixture that they share, else by their file."""
    groups = {item: _group(item) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: SHARED.index(groups[item]) if groups[item] in SHARED else len(SHARED))


def _group(item: pytest.Item) -> str:
    fixtures = getattr(item, "fixturenames", ())
    return next((name for name in SHARED if name in fixtures), item.nodeid.split("::")[0])


@pytest.fixture(autouse=True, scope="session")
def clean_environment() -> Iterator[None]:
    """Nothing of the caller's own installation reaches a test; its made-up nights may lie ahead of the clock."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("SHOPWATCH_") or name == "SMTP_URL":
                patch.delenv(name)
        patch.setenv("SHOPWATCH_ALLOW_FUTURE_NIGHTS", "1")
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """``make run``, once for all; to be read only."""
    home = tmp_path_factory.mktemp("make_run") / "home"
    process = Process([str(PROJECT / "scripts" / "run_nights.py"), "--demo"], environment(home))
    return Demo(home, process, process.wait(1500))


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of three published nights, once for all; to be read only."""
    return watch_shop(tmp_path_factory.mktemp("watched")).home


@pytest.fixture(scope="session")
def uci(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A judged and published night of 305 real daily files of a British on-line shop, where they are at hand."""
    if not UCI_FILES.is_dir():
        pytest.skip("the real data are not here")
    settings = Settings(
        home=tmp_path_factory.mktemp("uci"),
        inbox_address=str(UCI_FILES),
        pseudonym_key=SecretStr("of no installation"),
    )
    take_in(settings)
    judge_and_tell(settings, None)
    return settings
