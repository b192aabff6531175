"""From a mail to a decision: the rows behind the number and the form are where its link leads, on a phone as well."""

from __future__ import annotations

import pytest
from airflow_pages import Server
from playwright.sync_api import Page, expect

from night_tools import mails_of
from watched_shop import PAGE_URL


def newest_mail(server: Server) -> str:
    """The newest digest with alerts, its links to the running pages."""
    mails = mails_of(server.settings.home)
    bodies = [mails[name].get_body(("html",)) for name in sorted(mails, reverse=True)]
    contents = [body.get_content() for body in bodies if body is not None]
    return next(text for text in contents if f"{PAGE_URL}/alert" in text).replace(PAGE_URL, server.page("").rstrip("/"))


@pytest.mark.parametrize("width", [1200, 360])
def test_a_mails_first_alert_is_explained_and_decided_in_three_clicks(width: int, page: Page, server: Server) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(newest_mail(server))
    link = page.locator("a[href*='/alert?key=']").first
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
