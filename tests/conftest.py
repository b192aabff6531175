from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from built_once import built_once
from night_tools import PROJECT, Demo, Process, environment
from shopwatch.core.settings import Settings
from warehouses import empty_night, judge_and_tell, judged_stock, take_in
from watched_shop import watch_shop

UCI_FILES = Path(__file__).resolve().parents[2] / "shared" / "data" / "uci_online_retail_by_day"

os.environ["GX_ANALYTICS_ENABLED"] = "False"

TOGETHER = {
    "demo": (
        "tests/engine/airflow/test_night",
        "tests/engine/airflow/test_rule_cases",
        "tests/manual/kpis/test_kpis_again",
        "tests/engine/review/test_last_year",
        "tests/engine/review/test_agreement",
        "tests/engine/warehouse/test_dictionary_sql",
        "tests/engine/warehouse/test_dimensions",
        "tests/engine/agents/",
    ),
    "watched": ("tests/engine/browser/", "tests/engine/web/"),
    "every_order": ("tests/manual/demo/",),
    "uci": ("tests/engine/pipeline/test_uci", "tests/manual/kpis/test_kpis_of_real_data"),
}
"""Fixture of the whole session, which takes long to make -> the tests that look at it: they run in one worker."""


def _group(nodeid: str) -> str:
    file = nodeid.split("::")[0]
    return next((name for name, places in TOGETHER.items() if file.startswith(places)), file)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", metavar="N/M", help="run only the Nth of M parts, which hold whole files")
    parser.addoption("--without-demo", action="store_true", help="leave out tests of fixtures that take long to make")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the groups of the shared fixtures, and let no other test ask for one: it would be made twice."""
    for item in items:
        asked = TOGETHER.keys() & set(getattr(item, "fixturenames", ()))
        if asked - {_group(item.nodeid)} and item.get_closest_marker("slow") is None:
            raise pytest.UsageError(f"add {item.nodeid.split('::')[0]} to TOGETHER[{', '.join(asked)}] in {__file__}")
    _mark_most_samples_slow(items)
    items.sort(key=lambda item: _group(item.nodeid) not in TOGETHER)
    if config.getoption("--without-demo"):
        left = [item for item in items if TOGETHER.keys() & set(getattr(item, "fixturenames", ()))]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)
    if part := config.getoption("--part"):
        left = _leave_out_other_parts(items, *map(int, part.split("/")))
        config.hook.pytest_deselected(items=left)


def _leave_out_other_parts(items: list[pytest.Item], part: int, parts: int) -> list[pytest.Item]:
    """Leave the groups of one part; those with most slow tests are dealt out first, so that each part has its share."""
    slow = Counter(_group(item.nodeid) for item in items if item.get_closest_marker("slow"))
    dealt = sorted({_group(item.nodeid) for item in items}, key=lambda group: (-slow[group], group))
    others = {group for number, group in enumerate(dealt) if number % parts != part - 1}
    left = [item for item in items if _group(item.nodeid) in others]
    items[:] = [item for item in items if _group(item.nodeid) not in others]
    return left


def _mark_most_samples_slow(items: list[pytest.Item]) -> None:
    """Of the parameters of a test marked ``sampled(n)``, the first of every ``n`` stays quick."""
    seen: Counter[str] = Counter()
    for item in items:
        if mark := item.get_closest_marker("sampled"):
            name = item.nodeid.partition("[")[0]
            if seen[name] % mark.args[0]:
                item.add_marker("slow")
            seen[name] += 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Tests of one file run in one worker, and so do all that share what takes long to make."""
    from xdist.scheduler import LoadScopeScheduling

    class GroupScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return GroupScheduling(config, log)


@pytest.fixture(autouse=True, scope="session")
def clean_environment() -> Iterator[None]:
    """Nothing of the caller's own installation reaches a test; its made-up nights may lie ahead of the clock."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("SHOPWATCH_") or name == "SMTP_URL":
                patch.delenv(name)
        patch.setenv("SHOPWATCH_ALLOW_FUTURE_NIGHTS", "1")
        yield


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Each worker has one core: DuckDB's further threads cost a quarter more for tables of a few rows."""
    connect = duckdb.connect

    def narrow(*args: Any, config: dict[str, Any] | None = None, **more: Any) -> duckdb.DuckDBPyConnection:
        return connect(*args, config={"threads": 1, **(config or {})}, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", narrow)
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
def judged_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose night of 13 November 2026 was judged, and of which nobody was notified; to be copied."""
    return built_once(tmp_path_factory, "judged", lambda home: judged_stock(home, date(2026, 11, 13)))


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home without any file, built and judged: every table of both warehouses; to be read or copied."""
    return built_once(tmp_path_factory, "empty", empty_night)


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
