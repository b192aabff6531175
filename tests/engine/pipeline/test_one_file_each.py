"""An export, a KPI, a rule, a review table and a channel: one file each, copied from its cookbook, and a night."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cookbooks import ADDED, block_of
from files import drop, plan, plans_csv, product, products_xls
from night_tools import PROJECT, ask
from shopwatch.core.settings import Settings
from shopwatch.notify import channels
from warehouses import declare_only, judge_and_tell, take_in

MONDAY, SUNDAY = date(2026, 11, 9), date(2026, 11, 15)
DAYS = [(MONDAY + timedelta(days=n)).isoformat() for n in range(7)]
EXPORTED = "2026-11-16T01:00:00"


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A chat group's server, and the texts that it has received."""
    texts: list[str] = []

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            texts.append(body["text"]["content"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"errcode": 0}')

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Robot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("WEBHOOK_OPS", f"http://127.0.0.1:{server.server_port}/x")
    yield texts
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with one file more of each kind."""
    include = Path(shutil.copytree(PROJECT / "include", tmp_path / "include"))
    for file, block in ADDED.items():
        if file.startswith("include/"):
            path = tmp_path / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(block_of(*block), "utf-8")
    (tmp_path / "webhook.py").write_text(block_of("add-a-channel.md", "python", '"""The channel'), "utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    routes = include / "rules" / "routes.yaml"
    of_team = block_of("add-a-channel.md", "yaml", "  channels:")
    to = "  to: [marketing@example.com]\n"
    routes.write_text(routes.read_text("utf-8").replace(to, to + of_team), "utf-8")
    return Settings(home=tmp_path / "home", include=include, settle_seconds=0)


def test_each_is_there_where_people_look(settings: Settings, group: list[str]) -> None:
    declare_only(settings.home, "qinghe")
    drop(settings, "qinghe/小铺订单.csv", block_of("add-an-export.md", "csv", "").encode(), EXPORTED)
    traffic = products_xls([product(1, day) for day in DAYS])
    drop(settings, "qinghe/商品.xls", traffic, EXPORTED)
    drop(settings, "qinghe/计划.csv", plans_csv([plan(1, day, 花费="300.00") for day in DAYS]), EXPORTED)
    take_in(settings)
    subjects = judge_and_tell(settings, SUNDAY)

    published = settings.published
    assert ask(published, "select count(*) from ops.loads where source = 'xiaopu_orders'") == [(1,)]
    assert ask(published, "from review.weekly_views select entity, views_per_visitor, completeness") == [
        ("710000000001", 2.0, 1.0)
    ]
    assert ask(published, "select title_en from meta.metrics where metric = 'cost_per_order'") == [
        ("ad spend per order",)
    ]
    described = "select description from meta.columns where table_name = 'weekly_views' and column_name = '{}'"
    assert ask(published, described.format("views_per_visitor")) == [
        ("Views of the product's page by its visitors (meta.metrics)",)
    ]
    (mail,) = settings.outbox.glob(f"{SUNDAY}-推广.eml")
    body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "下调出价或收紧人群" in body.get_content()
    assert [text.partition("\n")[0] for text in group] == [s for s in subjects if s.startswith("推广")]
