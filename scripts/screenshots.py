"""``make screenshots``: the README's pictures, as a browser shows what the demo's nights have written.

Takes the mails and the page of ``$SHOPWATCH_HOME`` (default: ``data/demo``, which ``make run`` fills) and
writes ``docs/images/mail.png`` (English), ``mail.zh.png`` and ``review.png``, the first screenful of each.
"""

from __future__ import annotations

import base64
import email
import email.policy
import io
import os
import re
import shutil
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
LARGEST = 300_000


@dataclass(frozen=True)
class Picture:
    """What a picture shows, and how large the window is that it is taken of."""

    name: str
    html: str
    width: int
    height: int


def mails(outbox: Path) -> list[EmailMessage]:
    """The digests in the outbox, the one with most pictures in it first."""
    found = []
    for path in sorted(outbox.glob("????-??-??-*.eml"), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if isinstance(message, EmailMessage) and message.get_body(("html",)) is not None:
            found.append(message)
    return sorted(found, key=lambda mail: -sum(part.get_content_maintype() == "image" for part in mail.walk()))


def html_of(mail: EmailMessage) -> str:
    """The mail's HTML, with its pictures inside it."""
    body = mail.get_body(("html",))
    assert body is not None
    html = str(body.get_content())
    for part in mail.walk():
        if part.get_content_maintype() == "image":
            data = base64.b64encode(part.get_payload(decode=True)).decode()
            html = html.replace(
                f"cid:{part['Content-ID'].strip('<>')}", f"data:{part.get_content_type()};base64,{data}"
            )
    return html


def pictures(home: Path) -> list[Picture]:
    """What there is to be shown. Raises SystemExit where the demo's nights have not been run."""
    found = [html_of(mail) for mail in mails(home / "outbox")]
    english = [html for html in found if re.search(r"<html[^>]* lang=.en", html)]
    chinese = [html for html in found if re.search(r"<html[^>]* lang=.zh", html)]
    pages = sorted((home / "reports").glob("review-*.html"))
    if not (english and chinese and pages):
        raise SystemExit(f"no mails or no page in {home}: `make run` writes them")
    return [
        Picture("mail.png", english[0], 800, 1000),
        Picture("mail.zh.png", chinese[0], 800, 1000),
        Picture("review.png", pages[-1].read_text("utf-8"), 1000, 1150),
    ]


def small(png: bytes) -> bytes:
    """The picture in 256 colours."""
    from PIL import Image

    target = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        target, "PNG", optimize=True
    )
    return target.getvalue()


def main() -> int:
    """Returns 1 where there is no browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("the pictures need chromium: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    from playwright.sync_api import sync_playwright

    shown = pictures(Path(os.environ.get("SHOPWATCH_HOME") or PROJECT / "data" / "demo"))
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER))
        for picture in shown:
            size = {"width": picture.width, "height": picture.height}
            page = browser.new_page(viewport=size, device_scale_factor=2, color_scheme="light")
            page.set_content(picture.html, wait_until="load")
            height = min(picture.height, page.evaluate("document.documentElement.scrollHeight"))
            png = small(page.screenshot(clip={"x": 0, "y": 0, "width": picture.width, "height": height}))
            page.close()
            if len(png) > LARGEST:
                raise SystemExit(f"{picture.name} has {len(png):,} bytes; show less of it")
            (IMAGES / picture.name).write_bytes(png)
            print(f"docs/images/{picture.name}: {len(png) // 1000} kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
