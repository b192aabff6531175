"""Airflow in one process: its settings, a run of a DAG task by task, and the logs that its UI shows."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

PROJECT = Path(__file__).resolve().parents[1]


def use_airflow(home: Path) -> None:
    """Point Airflow at this checkout; call it before the first import of Airflow."""
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(PROJECT / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PROJECT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__UNIT_TEST_MODE="False",
        AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    )


class TaskLog(logging.Handler):
    """Log handler that writes the lines of each task where Airflow's UI looks for them."""

    def __init__(self, home: Path) -> None:
        super().__init__(logging.INFO)
        self.folder = home / "logs"

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line to the log of the running task, in Airflow's format; nothing outside a task."""
        from airflow.sdk import get_current_context

        try:
            ti = get_current_context()["ti"]
        except RuntimeError:
            return
        place = f"dag_id={ti.dag_id}/run_id={ti.run_id}/task_id={ti.task_id}/attempt={ti.try_number}.log"
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["event"] += "\n" + logging.Formatter().formatException(record.exc_info)
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def run_dag(name: str, conf: dict[str, str], label: str) -> list[str]:
    """Run a DAG once, task by task in this process; returns the failed tasks.

    ``label`` begins the run's id in Airflow's UI. Tasks are not retried and no deadline alert is raised: whoever runs
    it by hand sees it fail.
    """
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.dagrun import DagRun

    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    if bag.import_errors:
        raise SystemExit(f"the DAGs cannot be read: {bag.import_errors}")
    dag = bag.get_dag(name)
    for task in dag.tasks:
        task.retries = 0
        task.on_failure_callback = [*task.on_failure_callback, _log_failure]
    dag.deadline = None  # Airflow finds its alerts by ids that a run in this process does not have
    run_id = f"{label}__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    with patch.object(DagRun, "generate_run_id", return_value=run_id):  # a run in this process takes no id
        run = dag.test(run_conf=conf)
    failed = sorted({ti.task_id for ti in run.get_task_instances() if ti.state == "failed"})
    return failed or ([] if run.state == "success" else [name])


def _log_failure(context: Any) -> None:
    logging.getLogger("shopwatch.tasks").error("the task failed", exc_info=context.get("exception"))
