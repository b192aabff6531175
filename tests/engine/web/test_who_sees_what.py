"""A user sees the shops of the teams that name him, on every page and in every download."""

from __future__ import annotations

import re
import shutil
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from shop import SECRET, browser, copy, decides, rewrite, token_of, viewer
from sqlalchemy import select
from sqlalchemy.orm import Session

from night_tools import PROJECT, ask
from shopwatch.catalog.catalog import Catalog
from shopwatch.catalog.teams import Team, visible_shops
from shopwatch.core.settings import Settings
from shopwatch.store.decisions import Silence, acknowledge, assign, silence
from shopwatch.store.tables import Decision, open_store
from shopwatch.web.host import Host
from shopwatch.web.published import published
from shopwatch.web.routes import review_pages

OWN, OTHER = "mumian", "qinghe"
HIDDEN = re.compile("qinghe|青禾|茶")  # the other shop sells tea
ROUTES = """
- {team: 木棉, owners: [商品], shops: [mumian], users: [lilei], to: [a@example.com]}
- {team: 全部, owners: [运营], users: [wang], roles: [shopwatch_operator], to: [b@example.com]}
"""
ADDRESSES = {
    "/today": ["today", "today?everything=true"],
    "/week": ["week", "week?start=2026-11-02"],
    "/alert": ["alert?key={alert}"],
    "/entity": ["entity?shop=qinghe&type=shop&id=qinghe", "entity?shop=qinghe&type=product&id={product}"],
    "/table": ["table?of={table}"],
    "/table.csv": ["table.csv?of={table}"],
    "/table.xlsx": ["table.xlsx?of={table}"],
    "/search": ["search?q=演示", "search?q={product}"],
    "/rules": ["rules"],
    "/data": ["data", "data?q=csv&state=rejected"],
    "/workbook": ["workbook?start=2026-11-09"],
    "/quarantine.csv": ["quarantine.csv"],
    "/original": ["original?load={load}"],
    "/evidence.csv": ["evidence.csv?key={alert}"],
    "/static/{name}": ["static/pages.css"],
    "/": [""],
}
"""What is asked of each route that shows something."""
FORMS = {
    "/acknowledge": {"reason": "我来看"},
    "/acknowledge-selected": {"reason": "我来看"},
    "/dismiss": {"reason": "不处理"},
    "/assign": {"reason": "换图", "owner": "仓储"},
    "/assign-selected": {"reason": "换图", "owner": "仓储"},
    "/comment": {"reason": "见此"},
    "/silence": {"reason": "促销", "what": "shop", "until": "2026-12-01"},
    "/lift": {"decision": "none"},
}
"""What is sent to each route that decides."""


@pytest.fixture(scope="module")
def shared(watched: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The watched home with teams that name users; to be read only."""
    folder = tmp_path_factory.mktemp("teams")
    include = shutil.copytree(PROJECT / "include", folder / "include")
    (include / "rules" / "routes.yaml").write_text(ROUTES, "utf-8")
    found = copy(watched, folder / "home").model_copy(update={"include": include})
    (found.reports / "review-2026-W46.xlsx").parent.mkdir(exist_ok=True)
    (found.reports / "review-2026-W46.xlsx").write_bytes(b"qinghe")
    rewrite(
        found,
        "insert into ops.quarantine (shop, source, file, line, column_name, value, reason) "
        "select shop, 'a', shop || '.csv', 1, 'b', shop, shop from unnest(['qinghe', 'mumian']) as shops(shop)",
    )
    return found


def text_of(reader: TestClient, address: str) -> str:
    """What an address shows, a workbook's cells too, without what was asked; empty for no page at all."""
    answer = reader.get(address)
    assert answer.status_code in (200, 302, 404), answer.text
    if answer.status_code == 404:
        return ""
    if "spreadsheetml" in answer.headers.get("content-type", "") and answer.content[:2] == b"PK":
        sheets = load_workbook(BytesIO(answer.content)).worksheets
        return "\n".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
    return re.sub(r'href="\?[^"]*"|value="[^"]*" maxlength|<title>.*?</title>|“[^”]*”', "", answer.text)


def written(settings: Settings, address: str) -> list[str]:
    alert, product, name = ask(
        settings.published,
        "select key, alerts.entity, entities.name from ops.alerts as alerts inner join marts.dim_entity as entities "
        "using (shop, entity_type, entity) where alerts.shop = 'qinghe' and entity_type = 'product' order by 1 limit 1",
    )[0]
    tables = Catalog(settings).tables if "{table}" in address else [""]
    load = ask(settings.published, "select min(load_id) from ops.loads where shop = 'qinghe'")[0][0]
    values = {"alert": alert, "product": product, "name": name, "load": load}
    return [address.format(table=table, **values) for table in tables]


def test_every_route_is_asked_below(shared: Settings) -> None:
    app = review_pages(shared, Host(viewer, decides, SECRET, "../login", lambda: None))
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert {route.path for route in routes if "GET" in route.methods} == ADDRESSES.keys()
    assert {route.path for route in routes if "POST" in route.methods} == FORMS.keys()


@pytest.mark.sampled(5)
@pytest.mark.parametrize("path", ADDRESSES)
def test_no_page_or_download_shows_another_teams_shop(path: str, shared: Settings) -> None:
    limited, everything = browser(shared), browser(shared, "wang")
    addresses = [one for address in ADDRESSES[path] for one in written(shared, address)]
    found = {address: HIDDEN.findall(text_of(limited, address)) for address in addresses}
    assert {address: words for address, words in found.items() if words} == {}
    if path not in (
        "/static/{name}",
        "/",
        "/rules",
        "/evidence.csv",
        "/original",
    ):  # those name no shop, or this alert has no rows
        assert any(HIDDEN.search(text_of(everything, address)) for address in addresses)


@pytest.mark.parametrize(
    "path",
    [
        "alert?key={alert}",
        "entity?shop=qinghe&type=shop&id=qinghe",
        "workbook?start=2026-11-09",
        "original?load={load}",
    ],
)
def test_an_address_of_another_teams_shop_is_not_there(path: str, shared: Settings) -> None:
    (address,) = written(shared, path)
    assert browser(shared).get(address).status_code == 404
    assert browser(shared, "wang").get(address).status_code == 200


def test_a_filter_shows_the_title_of_no_other_teams_shop(shared: Settings) -> None:
    limited, everything = (browser(shared, name).get("table?of=alerts&shop=qinghe").text for name in ("lilei", "wang"))
    assert "青禾" not in limited
    assert "青禾" in everything


@pytest.mark.sampled(5)
@pytest.mark.parametrize("path", FORMS)
def test_nobody_decides_about_another_teams_shop(path: str, shared: Settings, tmp_path: Path) -> None:
    own = copy(shared.home, tmp_path / "home").model_copy(update={"include": shared.include})
    reader = browser(own)
    token = token_of(reader.get(f"alert?key={own_alert(own)}").text)
    (key,) = written(own, "{alert}")
    answer = reader.post(path.removeprefix("/"), data={"token": token, "key": key} | FORMS[path])
    assert answer.status_code == 404 or answer.headers["location"].endswith(("acknowledged=0", "assigned=0"))
    assert decisions(own) == 0


@pytest.mark.parametrize(("name", "status", "kept"), [("lilei", 404, 1), ("wang", 303, 2)])
def test_a_silence_of_further_shops_is_lifted_by_who_sees_them_all(
    name: str, status: int, kept: int, shared: Settings, tmp_path: Path
) -> None:
    own = copy(shared.home, tmp_path / "home").model_copy(update={"include": shared.include})
    both = Silence(rule="?*", shop="*", until=date(2026, 11, 30), reason="盘点", by="wang")
    with open_store(own) as engine, Session(engine) as session, session.begin():
        key = silence(session, both, date(2026, 11, 15))
    reader, alert = browser(own, name), own_alert(own)
    token = token_of(reader.get(f"alert?key={alert}").text)
    answer = reader.post("lift", data={"token": token, "key": alert, "decision": key})
    assert (answer.status_code, decisions(own)) == (status, kept)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", ["acknowledge", "assign"])
def test_the_key_of_another_teams_alert_takes_nothing_back(kind: str, shared: Settings, tmp_path: Path) -> None:
    own = copy(shared.home, tmp_path / "home").model_copy(update={"include": shared.include})
    (other,) = ask(own.published, "select key from ops.alerts where shop = 'qinghe' and state = 'firing' limit 1")[0]
    with open_store(own) as engine, Session(engine) as session, session.begin():
        if kind == "assign":
            assign(session, other, "仓储", ["仓储"], "wang", "换图")
        else:
            acknowledge(session, other, "wang", "我来看")
    reader, alert = browser(own), own_alert(own)
    token = token_of(reader.get(f"alert?key={alert}").text)
    assert reader.post("lift", data={"token": token, "key": alert, "decision": other}).status_code == 400
    assert decisions(own) == 1


@pytest.mark.slow
def test_what_was_taken_back_stays_so_for_a_limited_user(shared: Settings, tmp_path: Path) -> None:
    own = copy(shared.home, tmp_path / "home").model_copy(update={"include": shared.include})
    key = own_alert(own)
    rewrite(
        own,
        'insert into ops.decisions (key, kind, alert_key, owner, "by", reason, "at") '
        f"values ('given', 'assign', '{key}', '客服', 'wang', 'r', timestamp '2026-11-14 10:00:00')",
    )
    address = "table?of=alerts&owner=客服"
    assert f"alert?key={key}" in browser(own).get(address).text
    rewrite(
        own,
        'insert into ops.decisions (key, kind, lifts, "by", reason, "at") '
        "values ('back', 'lift', 'given', 'wang', 'r', timestamp '2026-11-14 11:00:00')",
    )
    assert f"alert?key={key}" not in browser(own).get(address).text


def own_alert(settings: Settings) -> str:
    return str(ask(settings.published, "select key from ops.alerts where shop = 'mumian' and state = 'firing'")[0][0])


def decisions(settings: Settings) -> int:
    with open_store(settings) as engine, Session(engine) as session:
        return len(session.scalars(select(Decision)).all())


def test_sums_over_shops_count_only_those_that_are_seen(shared: Settings) -> None:
    fired = {}
    for shops in (None, frozenset({OWN})):
        with published(shared, shops) as night:
            fired[shops] = sum(row["fired"] for row in night.rows("web/rule_worth"))
    own, all_alerts = ask(shared.published, "select count(*) filter (where shop = 'mumian'), count(*) from ops.alerts")[
        0
    ]
    assert (fired[frozenset({OWN})], fired[None]) == (own, all_alerts)
    assert 0 < own < all_alerts


def test_no_published_table_has_a_row_of_another_shop(shared: Settings) -> None:
    found = []
    with published(shared, frozenset({OWN})) as night:
        tables = night.con.execute(
            "select schema_name, view_name from duckdb_views() "
            "where database_name = current_database() and not internal"
        ).fetchall()
        for schema, table in tables:
            count = "select count(*) from query_table([$1]) as rows where contains(rows::varchar, 'qinghe')"
            if night.con.execute(count, [f"{schema}.{table}"]).fetchone() != (0,):
                found.append(table)
    assert len(tables) > 100
    assert found == []


def test_a_user_of_no_team_is_told_whom_to_ask(shared: Settings) -> None:
    answer = browser(shared, "zhao").get("today")
    assert answer.status_code == 403
    assert "You are in no team" in answer.text


def test_a_role_is_enough(shared: Settings) -> None:
    reader = browser(shared, "zhao", **{"x-role": "shopwatch_operator"})
    assert "青禾" in reader.get("today").text


def test_unreadable_teams_show_nothing(shared: Settings, tmp_path: Path) -> None:
    include = shutil.copytree(shared.include, tmp_path / "include")
    (include / "rules" / "routes.yaml").write_text("- {team: 木棉, user: [lilei]}", "utf-8")
    answer = browser(shared.model_copy(update={"include": include})).get("today")
    assert answer.status_code == 503
    assert "The configuration cannot be read" in answer.text


@pytest.mark.parametrize(
    ("user", "roles", "expected"),
    [
        ("li", (), {"a"}),
        ("wang", (), {"a", "b"}),
        ("zhao", (), set()),
        ("zhao", ("Op",), None),
        ("LI", (), set()),
    ],
)
def test_the_shops_are_those_of_all_teams_that_name_the_user(
    user: str, roles: tuple[str, ...], expected: set[str] | None
) -> None:
    teams = [
        Team(team="1", shops=("a",), users=("li", "wang"), to=("x@example.com",)),
        Team(team="2", shops=("b",), users=("wang",), to=("x@example.com",)),
        Team(team="3", roles=("Op",), to=("x@example.com",)),
        Team(team="4", shops=("c",), to=("x@example.com",)),
    ]
    assert visible_shops(teams, user, roles) == expected


def test_everybody_sees_all_as_long_as_no_team_names_anybody() -> None:
    assert visible_shops([Team(team="1", shops=("a",), to=("x@example.com",))], "li", ()) is None
