"""Access and headers: every route asks for the user, and every response limits what a browser may do with it."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest
from fastapi.routing import APIRoute
from shop import SECRET, browser, decides, pages, viewer

from shopwatch.core.i18n import Language, page_words
from shopwatch.core.settings import Settings
from shopwatch.ops.health import Problem
from shopwatch.web import csrf
from shopwatch.web.host import Host, NightRun
from shopwatch.web.rendering import language_of
from shopwatch.web.routes import review_pages

ROUTES = [
    (method, route.path)
    for route in review_pages(Settings(), Host(viewer, decides, SECRET, "../login", lambda: None)).routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]


def test_all_routes_are_known_to_the_tests_below() -> None:
    app = review_pages(Settings(), Host(viewer, decides, SECRET, "../login", lambda: None))
    assert all(isinstance(route, APIRoute) for route in app.routes)  # no mount, no documentation
    assert ("POST", "/acknowledge") in ROUTES


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
def test_nobody_gets_anything_without_logging_in(method: str, path: str, home: Path) -> None:
    anonymous = browser(Settings(home=home), name="")
    page = anonymous.request(method, path.removeprefix("/").replace("{name}", "pages.css"))
    if method == "GET":
        assert page.status_code == 302
        assert page.headers["location"].startswith("../login?next=http%3A%2F%2Fshop.example%2Fshopwatch%2F")
    else:
        assert (page.status_code, page.text) == (401, "Not authenticated")
    script = anonymous.request(method, path.removeprefix("/").replace("{name}", "pages.css"), headers={"accept": "*/*"})
    assert (script.status_code, script.text) == (401, "Not authenticated")


@pytest.mark.parametrize("path", ["today", "alert?key=nobody", "static/pages.css", "no_such_page"])
def test_every_answer_forbids_what_the_pages_do_not_need(path: str, home: Path) -> None:
    headers = browser(Settings(home=home)).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_pages_are_not_kept_and_static_files_are(home: Path) -> None:
    reader = browser(Settings(home=home))
    page = reader.get("today")
    assert page.headers["cache-control"] == "no-store"
    for address in re.findall(r'(?:href|src)="(static/[^"]+)"', page.text):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["texts.yaml", "..%2Ftexts.yaml", "today.html.j2", "uplot.LICENSE", "%2Fetc%2Fpasswd"])
def test_only_style_sheets_and_scripts_are_served(name: str, home: Path) -> None:
    assert browser(Settings(home=home)).get(f"static/{name}").status_code == 404


def test_pages_ask_for_nothing_from_elsewhere_and_have_nothing_inline(home: Path) -> None:
    page = browser(Settings(home=home)).get("today").text
    assert not re.findall(r'(?:src|href|action)="(?:https?:|//|data:|javascript:)', page)
    assert not re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page)


def test_before_the_first_night_the_page_says_what_to_do(tmp_path: Path) -> None:
    page = browser(Settings(home=tmp_path)).get("today")
    assert page.status_code == 503
    assert "No night has been published yet" in page.text


def test_the_last_run_is_linked_and_a_failed_one_is_said_first(home: Path) -> None:
    run = NightRun("failed", datetime(2026, 11, 16, 2, 41), "dags/nightly_watch/runs/manual__1")
    page = browser(Settings(home=home), run=run).get("today").text
    assert page.index("Last night failed") < page.index("Freshness of the data")
    assert 'href="../dags/nightly_watch/runs/manual__1" data-airflow' in page


def test_a_watch_that_is_degraded_is_said_first(settings: Settings) -> None:
    assert "No night was published" not in browser(settings).get("today").text
    os.utime(settings.published, (0, 0))
    page = browser(settings).get("today").text
    assert page.index("No night was published for 26 hours") < page.index("Freshness of the data")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_problem_of_the_watch_has_its_words(language: Language) -> None:
    say = page_words(Settings().include, language)
    assert [one for one in get_args(Problem) if f"problem_{one}" not in say] == []


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "expected"),
    [
        (None, None, "", "zh"),
        (None, None, "fr, en;q=0.8, zh;q=0.9", "zh"),
        (None, None, "en-GB,en;q=0.9,zh-CN;q=0.8", "en"),
        (None, None, "zh;q=0, en;q=0.1", "en"),
        (None, "zh", "en", "zh"),
        ("en", "zh", "zh", "en"),
        ("<script>", "nonsense", "de;q=x", "zh"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(
    asked: str | None, cookie: str | None, accepted: str, expected: str
) -> None:
    assert language_of(asked, cookie, accepted) == expected


def test_a_chosen_language_is_kept(home: Path) -> None:
    reader = browser(Settings(home=home))
    assert '<html lang="en">' in reader.get("today").text
    assert '<html lang="zh-CN">' in reader.get("today?lang=zh").text
    assert '<html lang="zh-CN">' in reader.get("today").text


def test_a_forms_cookie_is_out_of_reach_for_scripts_and_other_sites(home: Path) -> None:
    cookie = browser(Settings(home=home)).get("today").headers["set-cookie"]
    assert cookie.startswith(f"{csrf.COOKIE}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/shopwatch"} <= set(cookie.split("; "))


def test_pages_can_be_mounted_anywhere(home: Path) -> None:
    assert [route.path for route in pages(Settings(home=home)).routes if route.path == "/shopwatch"]
