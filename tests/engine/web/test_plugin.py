"""What Airflow has of the plugin before anybody asks for a page: next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from night_tools import PROJECT, environment

LOAD = """
import json, sys, time
from airflow import plugins_manager
before, start = set(sys.modules), time.perf_counter()
import shopwatch_ui
seconds, modules = time.perf_counter() - start, sorted(set(sys.modules) - before)
plugins_manager.ensure_plugins_loaded()
apps, _ = plugins_manager.get_fastapi_plugins()
print("RESULT" + json.dumps({
    "seconds": seconds,
    "modules": modules,
    "prefixes": [app["url_prefix"] for app in apps],
}))
"""


def test_the_plugin_costs_nothing_until_a_page_is_asked_for(tmp_path: Path) -> None:
    env = environment(
        tmp_path,
        AIRFLOW_HOME=str(tmp_path),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PROJECT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
    )
    said = subprocess.run([sys.executable, "-c", LOAD], env=env, capture_output=True, text=True, check=True).stdout
    found = json.loads(said.rpartition("RESULT")[2])
    assert found["prefixes"] == ["/shopwatch"]
    assert found["modules"] == ["shopwatch_ui"]
    assert found["seconds"] < 0.3
