"""The DAG of the night in a home with several shards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from night_tools import PROJECT, environment

pytestmark = pytest.mark.slow  # a parse in a process of its own
READ = """
import json, sys
from airflow.dag_processing.dagbag import BundleDagBag
from pathlib import Path

folder = Path(sys.argv[1])
bag = BundleDagBag(dag_folder=folder / "nightly_watch.py", bundle_path=folder, bundle_name="dags-folder")
print("RESULT" + json.dumps({
    task.task_id: {
        "upstream": sorted(task.upstream_task_ids), "trigger_rule": str(getattr(task.trigger_rule, "value", "")),
        "pool": task.pool, "queue": task.queue,
    }
    for task in bag.dags["nightly_watch"].tasks
}))
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
    done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    tasks: dict[str, Any] = json.loads(done.stdout.rpartition("RESULT")[2])
    return tasks


def test_each_shard_has_steps_of_its_own(tmp_path: Path) -> None:
    """The mails wait for every shard to end, and go out if one was judged; the night fails if one was not."""
    (tmp_path / "shops.yaml").write_text("a: {title: A}\nb: {title: B, shard: north}\n")
    tasks = _tasks(tmp_path)
    assert {name: task["upstream"] for name, task in tasks.items()} == {
        "begin": [],
        **{f"{shard}.load": ["begin"] for shard in ("main", "north")},
        **{f"{shard}.check_quality": [f"{shard}.load"] for shard in ("main", "north")},
        **{f"{shard}.build_models": [f"{shard}.check_quality"] for shard in ("main", "north")},
        **{f"{shard}.judge_rules": [f"{shard}.build_models"] for shard in ("main", "north")},
        "gather": ["main.judge_rules", "north.judge_rules"],
        "all_judged": ["main.judge_rules", "north.judge_rules"],
        "send_alerts": ["gather"],
        "publish": ["gather", "send_alerts"],
        "all_notified": ["send_alerts"],
    }
    assert tasks["gather"]["trigger_rule"] == "all_done_min_one_success"
    assert tasks["all_judged"]["trigger_rule"] == "all_success"
    steps = ("load", "check_quality", "build_models", "judge_rules")
    own = {f"{shard}.{step}": ("shards", f"shard_{shard}") for shard in ("main", "north") for step in steps}
    assert {name: (task["pool"], task["queue"]) for name, task in tasks.items()} == {
        name: own.get(name, ("warehouse", "default")) for name in tasks
    }
