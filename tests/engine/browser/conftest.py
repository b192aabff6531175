"""Airflow's own api-server with the pages in it, and a browser that is logged in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_pages import Server, log_in, running
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 60_000  # milliseconds; a busy machine is slow, and only a failing test waits so long
expect.set_options(timeout=PATIENCE)
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def server(watched: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Of one module: an idle server and browser cost as much as the tests of half a package."""
    home = shutil.copytree(watched, tmp_path_factory.mktemp("browser") / "home")
    with running(home, tmp_path_factory.mktemp("airflow")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER)
        yield found
        found.close()


@pytest.fixture(scope="module")
def session(server: Server, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a browser keeps once its user has logged in."""
    context = browser.new_context()
    log_in(context.new_page(), server, server.page("today"))
    kept = tmp_path_factory.mktemp("session") / "state.json"
    context.storage_state(path=kept)
    context.close()
    return kept


@pytest.fixture
def context(browser: Browser, session: Path) -> Iterator[BrowserContext]:
    found = browser.new_context(storage_state=session, locale="en-GB", viewport={"width": 1200, "height": 900})
    found.set_default_timeout(PATIENCE)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
