"""Where a task finds the address of a chat: the environment first, then Airflow's connections."""

from __future__ import annotations

import json
from pathlib import Path

from test_dags import ask_airflow

from night_tools import PROJECT

CHATS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import run_context

settings = run_context.delivery_settings()
found = {name: settings.secret(name) for name in ("OPS_CHAT", "ENV_CHAT", "NO_CHAT")}
print("RESULT" + json.dumps({name: secret and secret.get_secret_value() for name, secret in found.items()}))
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
