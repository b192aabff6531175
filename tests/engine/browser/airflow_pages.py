"""A running Airflow with the pages of a watched shop in it, and how to log in."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Page

from night_tools import PROJECT, Process, ask, environment, until
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings

GAP = "710000001019"  # a product that converts badly; see docs/demo.md


@dataclass(frozen=True)
class Server:
    """Where it answers, the shop's home, and the password of the user admin."""

    url: str
    settings: Settings
    password: str

    def page(self, path: str) -> str:
        return f"{self.url}/shopwatch/{path}"

    def key(self, entity: str = GAP) -> str:
        """The alert of a thing."""
        return str(ask(self.settings.published, f"select key from ops.alerts where entity = '{entity}'")[0][0])

    @property
    def paths(self) -> list[str]:
        """One page of each kind."""
        found = ask(self.settings.published, "select shop, entity from ops.alerts where entity_type = 'campaign'")
        shop, campaign = found[0]
        product, plan = f"shop=qinghe&type=product&id={GAP}", f"shop={shop}&type=campaign&id={campaign}"
        things = [f"alert?key={self.key()}", f"entity?{product}", f"entity?{plan}"]
        tables = ["table?of=alerts", "table?of=kpis", "table?of=periods"]
        return ["today", "week", *things, *tables, "search?q=7", "rules", "data"]

    @property
    def tables(self) -> list[str]:
        """Every table."""
        return [f"table?of={name}" for name in Catalog(self.settings).tables]


@contextmanager
def running(home: Path, airflow: Path) -> Iterator[Server]:
    """One worker, SQLite, the simple auth manager; over the home of a watched shop."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = environment(
        home,
        AIRFLOW_HOME=str(airflow),
        AIRFLOW__CORE__DAGS_FOLDER=str(PROJECT / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PROJECT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__API__HOST="127.0.0.1",
        AIRFLOW__API__PORT=str(port),
    )
    migrated = Process(["-m", "airflow", "db", "migrate"], env)
    assert migrated.wait() == 0, migrated.output
    process = Process(["-m", "airflow", "api-server", "--workers", "1"], env)
    try:
        settings = Settings(home=home, settle_seconds=0)
        url = f"http://127.0.0.1:{port}"

        def answers() -> bool:
            assert process.popen.poll() is None, process.output
            try:
                return bool(urlopen(f"{url}/api/v2/monitor/health", timeout=10).status == 200)
            except (URLError, ConnectionError, TimeoutError):
                return False

        until(answers, "Airflow answers", 120, 0.25)
        passwords = json.loads((airflow / "simple_auth_manager_passwords.json.generated").read_text())
        yield Server(url, settings, passwords["admin"])
    finally:
        process.kill()


def log_in(page: Page, server: Server, address: str) -> None:
    """Follow a page's address, as from a mail, and log in where Airflow asks."""
    page.goto(address)
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", server.password)
    page.click("button[type=submit]")
    page.wait_for_url(address)
