"""An Airflow that runs for a test, and its REST API."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from night_tools import ENDS, until

FINISHED = {"success", "failed"}


@dataclass
class Airflow:
    """A running Airflow and the token to talk to it."""

    url: str
    home: Path
    log: Path
    token: str = ""

    def call(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """One call of the API; its answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        request = Request(f"{self.url}{path}", data, headers, method=method)
        with urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def try_call(self, path: str) -> Any:
        """The answer, or None where there is none yet."""
        try:
            return self.call(path)
        except (HTTPError, URLError, ConnectionError, TimeoutError):
            return None

    def start(self, dag: str, conf: dict[str, str]) -> str:
        """Trigger a DAG; the path of that run."""
        until(lambda: self.try_call(f"/api/v2/dags/{dag}"), f"Airflow has read {dag}")
        run = self.call(f"/api/v2/dags/{dag}/dagRuns", {"conf": conf, "logical_date": None})["dag_run_id"]
        self.call(f"/api/v2/dags/{dag}", {"is_paused": False}, "PATCH")
        return f"/api/v2/dags/{dag}/dagRuns/{run}"

    def run(self, dag: str, conf: dict[str, str], seconds: float = ENDS) -> dict[str, Any]:
        """Trigger a DAG and wait for the end of that run; its task instances by id."""
        return self.wait(self.start(dag, conf), seconds)

    def wait(self, path: str, seconds: float = ENDS) -> dict[str, Any]:
        """Wait for the end of a run; its task instances by id."""

        def state() -> str | None:
            found = (self.try_call(path) or {}).get("state")
            return found if found in FINISHED else None

        ended = until(state, f"{path} has ended; see {self.log}", seconds, 1)
        tasks = self.call(f"{path}/taskInstances")["task_instances"]
        assert ended == "success", [(task["task_id"], task["state"]) for task in tasks]
        return {f"{task['task_id']}[{task['map_index']}]".removesuffix("[-1]"): task for task in tasks}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def log_in(airflow: Airflow, process: subprocess.Popen[bytes], seconds: float = ENDS) -> None:
    """Wait until the API answers and take a token with the password that Airflow wrote down."""
    passwords = airflow.home / "airflow" / "simple_auth_manager_passwords.json.generated"

    def answers() -> bool:
        assert process.poll() is None, airflow.log.read_text()
        return passwords.exists() and airflow.try_call("/api/v2/monitor/health") is not None

    until(answers, f"Airflow answers; see {airflow.log}", seconds, 1)
    password = json.loads(passwords.read_text())["admin"]
    airflow.token = airflow.call("/auth/token", {"username": "admin", "password": password})["access_token"]


def end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: kindly, then for good."""
    for kind, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, kind)
        except ProcessLookupError:
            return
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    process.wait(10)
