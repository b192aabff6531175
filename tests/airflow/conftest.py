"""One finished demo for all tests that look at one: ``make run`` takes its time."""

from __future__ import annotations

import pytest

from night_tools import PROJECT, Demo, Process, environment

RUN = str(PROJECT / "scripts" / "run_nights.py")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("make_run") / "home"
    process = Process([RUN, "--demo"], environment(home))
    return Demo(home, process, process.wait(280))
