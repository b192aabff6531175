"""Chats in Airflow: where a task finds an address, and how one tries it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_dags import ask_airflow

from night_tools import PROJECT
from watching import include_with

CHATS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import run_context

settings = run_context.delivery_settings()
found = {name: settings.secret(name) for name in ("OPS_CHAT", "ENV_CHAT", "NO_CHAT")}
print("RESULT" + json.dumps({name: secret and secret.get_secret_value() for name, secret in found.items()}))
"""

SAMPLE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import deliver

deliver.get_current_context = lambda: {"params": {"sample": "Ops"}}
print("RESULT" + json.dumps(deliver.deliver().get_task("deliver_due").python_callable()))
"""


def test_a_chats_address_is_a_variable_or_the_password_of_a_connection(tmp_path: Path) -> None:
    connection = json.dumps({"conn_type": "generic", "password": "wecombot://key"})
    found = ask_airflow(
        tmp_path,
        CHATS,
        str(PROJECT / "dags"),
        AIRFLOW_CONN_OPS_CHAT=connection,
        AIRFLOW_CONN_ENV_CHAT=connection,
        ENV_CHAT="slack://a/b/c",
    )
    assert found == {"OPS_CHAT": "wecombot://key", "ENV_CHAT": "slack://a/b/c", "NO_CHAT": None}


@pytest.mark.slow
def test_the_delivery_sends_a_sample_over_connections(tmp_path: Path) -> None:
    routes = "[{team: Ops, owners: [], data: true, to: [a@example.com], channels: {chat: [OPS_CHAT]}}]"
    found = ask_airflow(
        tmp_path,
        SAMPLE,
        str(PROJECT / "dags"),
        SHOPWATCH_INCLUDE=str(include_with(tmp_path, routes=routes)),
        AIRFLOW_CONN_OPS_CHAT=json.dumps({"conn_type": "generic", "password": "nonsense"}),
    )
    assert found["a@example.com"] == "accepted"
    assert found["chat:OPS_CHAT"].startswith("OPS_CHAT holds no address of a chat robot")
