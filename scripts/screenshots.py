"""``make screenshots``: the README's pictures, taken in a browser from the results of the demo's nights.

Takes the mails and the page of ``$SHOPWATCH_HOME`` (default: ``data/demo``, which ``make run`` fills), starts Airflow
on it and logs in. Writes into ``docs/images`` the first screenful of the mail (English and Chinese), of the mailed
review, and of the pages today, week, an alert, a product and the table of alerts.
"""

from __future__ import annotations

import base64
import email
import email.policy
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.request import urlopen

import duckdb

from shopwatch.core.links import alert_path, entity_path

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SCREEN = {"width": 1200, "height": 1000}
LARGEST = 300_000


@dataclass(frozen=True)
class Picture:
    """HTML of a picture, and the size of the window it is taken in, in pixels."""

    name: str
    html: str
    width: int
    height: int


def mails(outbox: Path) -> list[EmailMessage]:
    """Digests in the outbox, the one with most images first."""
    found = []
    for path in sorted(outbox.glob("????-??-??-*.eml"), reverse=True):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if isinstance(message, EmailMessage) and message.get_body(("html",)) is not None:
            found.append(message)
    return sorted(found, key=lambda mail: -sum(part.get_content_maintype() == "image" for part in mail.walk()))


def html_of(mail: EmailMessage) -> str:
    """The mail's HTML with its images inlined."""
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
    """Pictures of mails and the review. Raises SystemExit if the demo's nights have not been run."""
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


@contextmanager
def airflow(home: Path) -> Iterator[tuple[str, str]]:
    """Run Airflow's api-server on the demo's home: yields its address and the password of admin."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url, kept = f"http://127.0.0.1:{port}", home / "airflow"
    env = os.environ | {
        "SHOPWATCH_HOME": str(home),
        "AIRFLOW_HOME": str(kept),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "PYTHONPATH": str(PROJECT / "plugins"),
    }
    log = (kept / "api-server.log").open("w")
    command = [sys.executable, "-m", "airflow"]
    subprocess.run([*command, "db", "migrate"], env=env, stdout=log, stderr=log, check=True)
    server = subprocess.Popen([*command, "api-server", "--workers", "1"], env=env, stdout=log, stderr=log)
    try:
        while not answers(url):
            if server.poll() is not None:
                raise SystemExit(f"Airflow does not start: see {log.name}")
            time.sleep(0.5)
        yield url, json.loads((kept / "simple_auth_manager_passwords.json.generated").read_text())["admin"]
    finally:
        server.terminate()
        server.wait()


def answers(url: str) -> bool:
    """True if the server is up."""
    try:
        return bool(urlopen(f"{url}/api/v2/monitor/health", timeout=10).status == 200)
    except OSError:
        return False


def views(home: Path) -> dict[str, str]:
    """Pages to show in Airflow: picture -> path. The alert is about the product."""
    found = "select key, shop, entity from ops.alerts where rule = 'conversion_low' and state = 'firing' order by key"
    with duckdb.connect(home / "published" / "shop.duckdb", read_only=True) as con:
        key, shop, product = con.execute(found).fetchall()[-1]
    paths = {"today": "today", "week": "week", "alert": alert_path(key), "table": "table?of=alerts"}
    return paths | {"product": entity_path(shop, "product", product)}


def small(png: bytes) -> bytes:
    """Reduce the picture to 256 colours."""
    from PIL import Image

    target = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        target, "PNG", optimize=True
    )
    return target.getvalue()


def main() -> int:
    """Return 1 if there is no browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("the pictures need chromium: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    from playwright.sync_api import sync_playwright

    home = Path(os.environ.get("SHOPWATCH_HOME") or PROJECT / "data" / "demo")
    shown = pictures(home)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER))
        for picture in shown:
            size = {"width": picture.width, "height": picture.height}
            page = browser.new_page(viewport=size, device_scale_factor=2, color_scheme="light")
            page.set_content(picture.html, wait_until="load")
            height = min(picture.height, page.evaluate("document.documentElement.scrollHeight"))
            keep(picture.name, page.screenshot(clip={"x": 0, "y": 0, "width": picture.width, "height": height}))
            page.close()
        with airflow(home) as (url, password):
            page = browser.new_page(viewport=SCREEN, device_scale_factor=2, color_scheme="light", locale="en-GB")
            page.goto(f"{url}/shopwatch/today")
            page.fill("input[name=username]", "admin")
            page.fill("input[name=password]", password)
            page.click("button[type=submit]")
            page.wait_for_url(f"{url}/shopwatch/today")
            for name, path in views(home).items():
                answer = page.goto(f"{url}/shopwatch/{path}", wait_until="load")
                if not answer or not answer.ok:
                    raise SystemExit(f"{path} cannot be shown: see {home}/airflow/api-server.log")
                keep(f"page-{name}.png", page.screenshot())
        browser.close()
    return 0


def keep(name: str, png: bytes) -> None:
    """Write one picture. Raises SystemExit if it is too large for the repository."""
    picture = small(png)
    if len(picture) > LARGEST:
        raise SystemExit(f"{name} has {len(picture):,} bytes; show less of it")
    (IMAGES / name).write_bytes(picture)
    print(f"docs/images/{name}: {len(picture) // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
