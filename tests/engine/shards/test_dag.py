"""The DAG of the night in a home with several shards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from night_tools import ENDS, PROJECT, environment

pytestmark = pytest.mark.slow  # a parse in a process of its own
READ = """
import json, sys
from airflow.dag_processing.dagbag import BundleDagBag
from pathlib import Path

folder = Path(sys.argv[1])
found = {}
for name in ("nightly_watch", "sale_day"):
    bag = BundleDagBag(dag_folder=folder / f"{name}.py", bundle_path=folder, bundle_name="dags-folder")
    assert not bag.import_errors, bag.import_errors
    found[name] = {
        task.task_id: {
            "upstream": sorted(task.upstream_task_ids), "trigger_rule": str(getattr(task.trigger_rule, "value", "")),
            "pool": task.pool, "queue": task.queue,
        }
        for task in bag.dags[name].tasks
    }
print("RESULT" + json.dumps(found))
"""


def _tasks(home: Path) -> dict[str, Any]:
    env = environment(
        home,
        SHOPWATCH_SHARD_QUEUES="1",
        AIRFLOW_HOME=str(home / "airflow"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        PYTHONPATH=f"{PROJECT / 'plugins'}:{PROJECT / 'dags'}",
    )
    command = [sys.executable, "-c", READ, str(PROJECT / "dags")]
    done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=ENDS)
    assert done.returncode == 0, done.stderr
    tasks: dict[str, Any] = json.loads(done.stdout.rpartition("RESULT")[2])
    return tasks


def test_each_shard_has_steps_of_its_own(tmp_path: Path) -> None:
    """The mails wait for every shard to end, and go out if one was judged; the night fails if one was not.

    A shard may have the name of a task.
    """
    (tmp_path / "shops.yaml").write_text("a: {title: A}\nb: {title: B, shard: gather}\n")
    found = _tasks(tmp_path)
    tasks, names = found["nightly_watch"], ("main", "gather")
    group = {name: f"shard_{name}" for name in names}
    assert {name: task["upstream"] for name, task in tasks.items()} == {
        "begin": [],
        **{f"{group[name]}.load": ["begin"] for name in names},
        **{f"{group[name]}.check_quality": [f"{group[name]}.load"] for name in names},
        **{f"{group[name]}.build_models": [f"{group[name]}.check_quality"] for name in names},
        **{f"{group[name]}.judge_rules": [f"{group[name]}.build_models"] for name in names},
        "gather": ["shard_gather.judge_rules", "shard_main.judge_rules"],
        "all_judged": ["shard_gather.judge_rules", "shard_main.judge_rules"],
        "send_alerts": ["gather"],
        "publish": ["gather", "send_alerts"],
        "all_notified": ["send_alerts"],
    }
    assert tasks["gather"]["trigger_rule"] == "all_done_min_one_success"
    assert tasks["all_judged"]["trigger_rule"] == "all_success"
    steps = ("load", "check_quality", "build_models", "judge_rules")
    own = {f"{group[name]}.{step}": ("shards", group[name]) for name in names for step in steps}
    assert {name: (task["pool"], task["queue"]) for name, task in tasks.items()} == {
        name: own.get(name, ("warehouse", "default")) for name in tasks
    }
    assert {name: (task["upstream"], task["pool"], task["queue"]) for name, task in found["sale_day"].items()} == {
        "find_sale_day": ([], "warehouse", "default"),
        "judge_main": (["find_sale_day"], "shards", "shard_main"),
        "judge_gather": (["find_sale_day"], "shards", "shard_gather"),
        "notify": (["judge_gather", "judge_main"], "warehouse", "default"),
    }
    assert found["sale_day"]["notify"]["trigger_rule"] == "all_done_min_one_success"


def test_a_home_that_was_divided_stays_divided(tmp_path: Path) -> None:
    """Its files are those of its shards, also where all shops are in one again."""
    (tmp_path / "shops.yaml").write_text("a: {title: A}\nb: {title: B}\n")
    assert "load" in _tasks(tmp_path)["nightly_watch"]
    (tmp_path / "shards").mkdir()
    tasks = _tasks(tmp_path)
    assert "shard_main.load" in tasks["nightly_watch"]
    assert "judge_main" in tasks["sale_day"]
