"""From a mail to a decision: the rows behind the number and the form are where its link leads, on a phone as well."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow_pages import Server
from playwright.sync_api import Page, expect

from night_tools import ask, mails_of
from shopwatch.catalog.catalog import Catalog
from watched_shop import PAGE_URL


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
    form.get_by_role("button", name="I take care of it").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_text(f"seen at {width} px").first).to_be_visible()
