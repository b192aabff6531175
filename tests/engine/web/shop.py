"""A small shop's published night and store for the pages' tests, and a browser that is logged in."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
from fastapi import FastAPI, HTTPException, Request
from fastapi.testclient import TestClient

from shopwatch.core.settings import Settings
from shopwatch.web.host import Host, NightRun, Viewer
from shopwatch.web.routes import review_pages

SECRET = b"a secret of the tests"
HTML = {"accept": "text/html", "accept-language": "en"}


def viewer(request: Request) -> Viewer:
    """Whoever the headers name, with the role that they name; nobody without them."""
    name = request.headers.get("x-user")
    if not name:
        raise HTTPException(401, "Not authenticated")
    return Viewer(name, frozenset({request.headers.get("x-role", "Op")}))


def decides(request: Request) -> bool:
    """Everybody but a Viewer."""
    return request.headers.get("x-role") != "Viewer"


def pages(settings: Settings, run: NightRun | None = None) -> FastAPI:
    """The application as Airflow mounts it."""
    app = FastAPI()
    app.mount("/shopwatch", review_pages(settings, Host(viewer, decides, SECRET, "../login", lambda: run)))
    return app


def browser(settings: Settings, name: str = "lilei", run: NightRun | None = None, **headers: str) -> TestClient:
    """A browser whose user is logged in, at the pages' address."""
    said = HTML | ({"x-user": name} if name else {}) | headers
    return TestClient(pages(settings, run), "http://shop.example/shopwatch/", headers=said, follow_redirects=False)


def copy(home: Path, target: Path) -> Settings:
    """A home of a test's own; the originals in its archive are those of the first, which no page changes."""
    shutil.copytree(home, target, ignore=lambda folder, _: ["archive"] if Path(folder) == home else [])
    (target / "archive").symlink_to(home / "archive")
    return Settings(home=target, settle_seconds=0)


def rewrite(settings: Settings, *statements: str) -> None:
    """Change the published night, as no night does."""
    fresh = settings.published.with_name("fresh.duckdb")
    shutil.copyfile(settings.published, fresh)
    with duckdb.connect(fresh) as con:
        for statement in statements:
            con.execute(statement)
    fresh.replace(settings.published)


def token_of(page: str) -> str:
    """The token that the page's forms carry."""
    found = re.search(r'name="token" value="([0-9a-f]+)"', page)
    assert found, "no form on the page"
    return found[1]
