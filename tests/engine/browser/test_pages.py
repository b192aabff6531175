"""The pages as people meet them: in Airflow, behind its login, in a browser; and that they are usable by all."""

from __future__ import annotations

from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode, urlsplit

import duckdb
import pytest
from airflow_pages import GAP, Server, log_in
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page, expect

from night_tools import ask, mails_of
from shopwatch.catalog.catalog import Catalog
from shopwatch.core.settings import Settings
from shopwatch.web.host import Host
from shopwatch.web.routes import review_pages
from warehouses import judge_and_tell
from watched_shop import PAGE_URL

ROUTES = [
    (method, route.path)
    for route in review_pages(Settings(), Host(lambda: "", lambda: True, b"", "", lambda: None)).routes
    if isinstance(route, APIRoute)
    for method in route.methods
]
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
HOSTILE = [
    "<script>document.title='owned'</script>",
    '=HYPERLINK("http://x")',
    "\u202e反转\u202c",
    "长" * 500,
    "👩‍🔧 壶",
]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
def test_nobody_gets_anything_without_logging_in(method: str, path: str, server: Server) -> None:
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    for accept, expected in (("text/html", (302, 401)), ("*/*", (401,))):
        connection.request(method, f"/shopwatch{path.replace('{name}', 'pages.css')}", headers={"accept": accept})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status in expected
        assert body in (b"", b"Not authenticated")
    connection.close()


def test_the_address_of_a_mail_leads_through_the_login_to_the_alert(server: Server, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    log_in(page, server, server.page(f"alert?key={server.key()}"))
    expect(page.get_by_role("heading", name="Why it fired")).to_be_visible()
    context.close()


def test_an_alert_is_seen_explained_acknowledged_and_in_the_next_digest(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="Shopwatch").click()
    frame = page.frame_locator("iframe")
    open_alerts = ask(server.settings.published, "select count(*) from ops.alerts where state = 'firing'")[0][0]
    expect(frame.get_by_role("heading", level=1)).to_contain_text(f"{open_alerts} alerts to act on")
    frame.locator(f"#alert-{server.key()}").get_by_role("link", name="Why").click()
    expect(frame.get_by_text("Pay conversion below 1%, for 2 weeks with data in a row")).to_be_visible()
    form = frame.locator("form[action=acknowledge]")
    form.get_by_label("Reason").fill("供应商停产")
    form.get_by_label("Plan").fill("换款")
    form.get_by_role("button", name="Acknowledge").click()
    expect(frame.get_by_role("status")).to_contain_text("Saved.")
    expect(frame.get_by_text("admin acknowledged it").first).to_be_visible()

    for old in server.settings.outbox.glob("*.eml"):
        old.unlink()
    (server.settings.inbox / "qinghe" / "生意参谋.pdf").write_bytes(b"%PDF-1.7")
    judge_and_tell(server.settings, date(2026, 11, 23))
    bodies = [mail.get_body(("plain",)).get_content() for mail in mails_of(server.settings.home).values()]
    assert any("admin" in body and "供应商停产" in body for body in bodies)
    page.goto(server.page("today"))
    expect(page.get_by_text("Night of Mon 2026-11-23", exact=True)).to_be_visible()


def test_from_the_frame_a_link_leads_to_airflows_own_pages(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/plugin/shopwatch")
    page.frame_locator("iframe").get_by_role("link", name="Airflow", exact=True).click()
    page.wait_for_url(f"{server.url}/")


def test_the_address_without_a_slash_leads_to_the_pages(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/shopwatch")
    page.wait_for_url(server.page("today"))
    page.goto(f"{server.url}/plugin/shopwatch")
    expect(page.frame_locator("iframe").get_by_role("link", name="Airflow", exact=True)).to_be_visible()


def test_a_form_from_elsewhere_is_refused_though_the_user_is_logged_in(context: BrowserContext, server: Server) -> None:
    form = {"key": server.key(), "reason": "forged", "token": "0" * 64}
    assert context.request.post(server.page("acknowledge"), form=form).status == 403


def test_no_page_breaks_its_own_policy_or_writes_errors(page: Page, server: Server) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in server.paths:
        page.goto(server.page(path), wait_until="load")
    assert said == []


def violations(page: Page) -> list[tuple[str, str]]:
    """All that axe finds, whatever its impact: the rule, and the beginning of the element."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [(violation["id"], node["html"][:120]) for violation in found for node in violation["nodes"][:3]]


QUICK = (360, "dark")
QUICK_PAGES = ("today", "week", "alert", "table?of=alerts")
WINDOWS = [(width, scheme) for width in (360, 800, 1280) for scheme in ("light", "dark")]


@pytest.mark.parametrize(
    ("width", "scheme"),
    [pytest.param(*one, marks=() if one == QUICK else pytest.mark.slow) for one in WINDOWS],
)
def test_every_page_fits_and_axe_finds_nothing(width: int, scheme: str, page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    found: list[tuple[str, ...]] = []
    quick = [path for path in server.paths if path.startswith(QUICK_PAGES)]
    for path in quick if (width, scheme) == QUICK else [*server.paths, *server.tables]:
        page.goto(server.page(path), wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append((path, "wider than the window"))
        found += [(path, *violation) for violation in violations(page)]
    assert found == []


@pytest.mark.parametrize("scheme", ["dark", pytest.param("light", marks=pytest.mark.slow)])
def test_axe_finds_nothing_in_a_mail(scheme: Literal["light", "dark"], page: Page, server: Server) -> None:
    bodies = [mail.get_body(("html",)) for mail in mails_of(server.settings.home).values()]
    longest = max((body.get_content() for body in bodies if body is not None), key=len)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 900})
    page.set_content(longest)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []


def test_on_a_phone_the_week_is_folded_and_on_paper_it_is_whole(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 360, "height": 900})
    page.goto(server.page("week"))
    folds = page.locator("details.fold")
    assert folds.count() > 5
    assert page.locator("details.fold[open]").count() == 0
    assert page.evaluate("document.documentElement.scrollHeight") < 8_000
    folds.first.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details.fold[open]").count() == 1
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.fold[open]").count() == folds.count()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.fold[open]").count() == 1
    page.set_viewport_size({"width": 1200, "height": 900})
    expect(page.locator("details.fold[open]")).to_have_count(folds.count())


def test_the_first_key_leads_past_the_navigation(page: Page, server: Server) -> None:
    page.goto(server.page("today"))
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Skip to the content")
    assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("element => Boolean(element.closest('main'))")


def test_a_chart_is_drawn_and_can_be_read_as_numbers(page: Page, server: Server) -> None:
    page.goto(server.page(f"entity?shop=qinghe&type=product&id={GAP}"))
    expect(page.locator(".plot canvas").first).to_be_visible()
    page.get_by_text("As numbers").first.click()
    expect(page.locator("#series-pay_conversion-week").get_by_role("cell", name="0.77%")).to_be_visible()


def test_the_language_is_switched_and_kept_and_so_is_what_was_asked_for(page: Page, server: Server) -> None:
    page.goto(server.page(f"today?{urlencode({'owner': 'Merchandise'})}"))
    page.get_by_role("link", name="中文").click()
    assert "owner=Merchandise" in page.url
    page.goto(server.page("rules"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("条规则")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def mail_with_rows(home: Path, server: Server) -> tuple[str, str]:
    """The newest digest with an alert whose rows can be looked at, its links to the running pages; and that alert."""
    metrics = Catalog(server.settings).metrics
    firing = ask(server.settings.published, "select key, metric from ops.alerts where state = 'firing'")
    keys = [key for key, metric in firing if metrics[metric].head.evidence]
    mails = mails_of(home)
    for name in sorted(mails, reverse=True):
        body = mails[name].get_body(("html",))
        text = body.get_content() if body is not None else ""
        if found := [key for key in keys if f"{PAGE_URL}/alert?key={key}" in text]:
            return text.replace(PAGE_URL, server.page("").rstrip("/")), found[0]
    raise AssertionError("no mail leads to an alert with rows")


@pytest.mark.parametrize("width", [1200, 360])
def test_an_alert_of_a_mail_is_explained_and_decided_in_three_clicks(
    width: int, page: Page, server: Server, watched: Path
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    content, key = mail_with_rows(watched, server)
    page.set_content(content)
    link = page.locator(f"a[href*='/alert?key={key}']").first
    link.evaluate("element => element.removeAttribute('target')")
    link.click()
    expect(page.get_by_role("heading", name="Why it fired")).to_be_visible()
    rows = page.locator("#evidence tbody tr")
    expect(rows.first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    form = page.locator("form[action=acknowledge]")
    form.get_by_label("Reason").fill(f"seen at {width} px")
    form.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_text(f"seen at {width} px").first).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Move the focus to the first element of the selector by the Tab key."""
    for _ in range(300):
        page.keyboard.press("Tab")
        if page.locator(":focus").first.evaluate("(element, wanted) => element.matches(wanted)", selector):
            return
    raise AssertionError(f"the Tab key does not lead to {selector}")


@pytest.mark.slow
def test_an_alert_is_found_and_decided_by_keyboard_alone(page: Page, server: Server) -> None:
    page.goto(server.page("today"))
    tab_to(page, ".card .button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why it fired")).to_be_visible()
    tab_to(page, "form[action=acknowledge] textarea[name=reason]")
    page.keyboard.type("by keyboard")
    tab_to(page, "form[action=acknowledge] button:not(.second)")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_text("by keyboard").first).to_be_visible()


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", HOSTILE, ids=["script", "formula", "direction", "long", "emoji"])
def test_hostile_names_are_text(name: str, page: Page, server: Server) -> None:
    fresh = server.settings.published.with_name("fresh.duckdb")
    fresh.write_bytes(server.settings.published.read_bytes())
    with duckdb.connect(fresh) as con:
        con.execute("update marts.dim_entity set name = $1 where entity = $2", [name, GAP])
        con.execute("update ops.alerts set entity_name = $1 where entity = $2", [name, GAP])
    fresh.replace(server.settings.published)
    page.set_viewport_size({"width": 360, "height": 800})
    shown = name.replace("\u202e", "").replace("\u202c", "")[:100]
    for path in ("today", f"alert?key={server.key()}", f"entity?shop=qinghe&type=product&id={GAP}"):
        page.goto(server.page(path), wait_until="load")
        assert page.title() != "owned"
        assert page.locator("main script").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        expect(page.get_by_text(shown).first).to_be_visible()
