"""Who sees the pages and who decides, asked of Airflow's own auth managers with tokens that they signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_dags import ask_airflow

from night_tools import PROJECT

ASK = """
from airflow.api_fastapi.app import create_app, get_auth_manager
from fastapi import FastAPI
from fastapi.testclient import TestClient
import shopwatch_ui

def answers(user):
    header = {"authorization": f"Bearer {get_auth_manager().generate_jwt(user)}", "accept": "*/*"} if user else {}
    browser = TestClient(pages, headers=header, follow_redirects=False)
    seen = browser.get("/shopwatch/today")
    forms = ("acknowledge", "dismiss", "assign", "comment", "silence", "lift")
    acted = {browser.post(f"/shopwatch/{form}", data={"key": "k"}).text for form in forms}
    roles = [sorted(shopwatch_ui.roles_of(user))] if user else []
    return [seen.status_code, sorted(acted), *roles]

pages = FastAPI()
pages.mount("/shopwatch", shopwatch_ui.application())
"""
SIMPLE = (
    """
import json, sys
sys.path.insert(0, sys.argv[1])
from airflow.utils.db import initdb
initdb()
"""
    + ASK
    + """
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
create_app(apps="execution")
found = {role: answers(SimpleAuthManagerUser(username="li", role=role, teams=None))
         for role in ("viewer", "user", "op", "admin")}
print("RESULT" + json.dumps(found | {"nobody": answers(None)}))
"""
)
FAB = (
    """
import json, runpy, sys
sys.path.insert(0, sys.argv[1])
from airflow.utils.db import initdb
initdb()
roles = runpy.run_path(sys.argv[2])
for _ in range(2):
    roles["main"]()
"""
    + ASK
    + """
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
create_app(apps="core")
with get_application_builder() as builder:
    sm = builder.sm
    found = {}
    for name in ("Viewer", "User", "Op", "Admin", "shopwatch_operator", "Public"):
        user = sm.add_user(name, "Li", "Na", f"{name}@example.com", [sm.find_role(name)], "a long password")
        found[name] = answers(user)
    operator = {str(permission) for permission in sm.find_role("shopwatch_operator").permissions}
print("RESULT" + json.dumps(found | {"nobody": answers(None), "operator": sorted(operator)}))
"""
)
REFUSED = ["you may see alerts, not decide about them: ask for the role shopwatch_operator"]
NOT_OURS = ["this form did not come from a page of yours: reload the page and try again"]  # allowed, without a token
ANONYMOUS = [401, ["Not authenticated"]]
EMPTY = 503
"""No night has been published: whoever may see the page is told so."""


@pytest.mark.slow
def test_in_the_simple_auth_manager_op_decides_and_viewer_and_user_see(tmp_path: Path) -> None:
    found = ask_airflow(tmp_path, SIMPLE, str(PROJECT / "plugins"), AIRFLOW__API_AUTH__JWT_SECRET="a secret" * 8)
    assert found == {
        "viewer": [EMPTY, REFUSED, ["viewer"]],
        "user": [EMPTY, REFUSED, ["user"]],
        "op": [EMPTY, NOT_OURS, ["op"]],
        "admin": [EMPTY, NOT_OURS, ["admin"]],
        "nobody": ANONYMOUS,
    }


@pytest.mark.slow
def test_in_fab_the_operators_role_decides_and_may_change_nothing_else(tmp_path: Path) -> None:
    found = ask_airflow(
        tmp_path,
        FAB,
        str(PROJECT / "plugins"),
        str(PROJECT / "docker" / "roles.py"),
        AIRFLOW__API_AUTH__JWT_SECRET="a secret" * 8,
        AIRFLOW__CORE__AUTH_MANAGER="airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
    )
    operator = found.pop("operator")
    assert found.pop("Public")[0] == 403
    assert found == {
        "Viewer": [EMPTY, REFUSED, ["Viewer"]],
        "User": [EMPTY, REFUSED, ["User"]],
        "Op": [EMPTY, NOT_OURS, ["Op"]],
        "Admin": [EMPTY, NOT_OURS, ["Admin"]],
        "shopwatch_operator": [EMPTY, NOT_OURS, ["shopwatch_operator"]],
        "nobody": ANONYMOUS,
    }
    assert "can edit on Shopwatch" in operator
    changing = [one for one in operator if one.startswith(("can create", "can edit", "can delete"))]
    assert sorted(changing) == ["can edit on My Password", "can edit on My Profile", "can edit on Shopwatch"]
