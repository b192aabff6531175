"""What Airflow makes of the DAG files and of the plugins folder, in a process and a home of its own."""

from __future__ import annotations

import email
import email.policy
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from files import plan, plans_csv
from night_tools import PROJECT, environment

DAG_FILES = ("deliver.py", "housekeeping.py", "nightly_watch.py", "sale_day.py", "weekly_review.py")
DAGS = [name.removesuffix(".py") for name in DAG_FILES]
WRITERS = {
    "load",
    "check_quality",
    "build_models",
    "judge_rules",
    "send_alerts",
    "publish",
    "all_notified",
}
HEAVY = {"great_expectations", "pandas", "duckdb", "PIL", "sqlglot", "sqlalchemy.dialects.postgresql"}
PARSE_SECONDS = 0.5

READ_DAGS = """
import json, sys, time
from pathlib import Path

folder, own, warm_up = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
import airflow.sdk
from airflow.dag_processing.dagbag import BundleDagBag, DagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction
import pendulum

sys.path.append(folder)  # as the DAG processor does with its bundle
DagBag(dag_folder=warm_up)  # Airflow's own imports for a DAG with a task
before = set(sys.modules)
seconds = {}
for name in own:
    start = time.perf_counter()
    DagBag(dag_folder=f"{folder}/{name}")
    seconds[name] = time.perf_counter() - start
imported = sorted(set(sys.modules) - before)

bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
sunday = pendulum.datetime(2026, 11, 15, 12, tz="UTC")
def limit(task):
    return task.partial_kwargs.get("execution_timeout") if task.is_mapped else task.execution_timeout
def told(dag):
    timetable = coerce_to_core_timetable(dag.timetable)
    moments, earliest = [], sunday
    for _ in range(2):  # with catch-up the first run is the first moment from there on
        info = timetable.next_dagrun_info(
            last_automated_data_interval=None, restriction=TimeRestriction(earliest, None, True)
        )
        moments.append(info.run_after.isoformat())
        earliest = info.run_after.add(seconds=1)
    return {
        "doc": dag.doc_md,
        "file": dag.fileloc,
        "max_active_runs": dag.max_active_runs,
        "limit": dag.dagrun_timeout.total_seconds() / 60,
        "deadlines": [
            (
                alert["reference"]["reference_type"],
                alert["interval"]["__data__"],
                alert["callback"]["__data__"]["path"],
            )
            for alert in DagSerialization.to_dict(dag)["dag"].get("deadline") or ()
        ],
        "catchup": dag.catchup,
        "next": moments,
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "retries": task.retries,
                "backs_off": bool(task.retry_exponential_backoff),
                "limit": limit(task).total_seconds() / 60 if limit(task) else None,
                "mapped": bool(task.is_mapped),
                "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
                "upstream": sorted(task.upstream_task_ids),
                "outlets": [outlet.name for outlet in getattr(task, "outlets", None) or ()],
                "failure_callback": bool(task.on_failure_callback if not task.is_mapped
                    else task.partial_kwargs.get("on_failure_callback")),
            }
            for task in dag.tasks
        },
    }
print("RESULT" + json.dumps({
    "seconds": seconds,
    "imported": imported,
    "loaded": sorted(sys.modules),
    "errors": {str(k): str(v) for k, v in bag.import_errors.items()},
    "dags": {name: told(dag) for name, dag in bag.dags.items()},
}))
"""

READ_PLUGINS = """
import json, sys
from airflow import plugins_manager
plugins_manager.ensure_plugins_loaded()
import calendar, email, email.message
errors = plugins_manager.get_import_errors() if hasattr(plugins_manager, "get_import_errors") \
    else plugins_manager.import_errors
own = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()
       if sys.argv[1] in str(getattr(module, "__file__", "") or "")}
import shopwatch
print("RESULT" + json.dumps({
    "calendar": calendar.__file__, "email": email.__file__, "message": email.message.__file__,
    "executed": own, "errors": {str(k): str(v) for k, v in errors.items()}, "shopwatch": shopwatch.__file__,
    "path": sys.path,
}))
"""

BACKFILL = """
import json, sys
from datetime import datetime, timezone
sys.path.insert(0, sys.argv[1])
from airflow.sdk.api.datamodels._generated import DagRun, DagRunState, DagRunType
from airflow.sdk.execution_time.context import set_current_context
import run_context

moment = datetime(2026, 11, 15, 18, 30, tzinfo=timezone.utc)
found = {}
for kind in DagRunType:
    run = DagRun(dag_id="nightly_watch", run_id=kind.value, logical_date=moment, run_after=moment, start_date=moment,
                 end_date=None, data_interval_start=None, data_interval_end=None, partition_key=None,
                 run_type=kind, state=DagRunState.RUNNING, consumed_asset_events=[])
    with set_current_context({"dag_run": run, "params": {}}):
        found[kind.value] = [run_context.is_backfill(), str(run_context.night_of({"dag_run": run, "params": {}}))]
print("RESULT" + json.dumps(found))
"""

INBOX = """
import json, sys
sys.path.insert(0, sys.argv[1])
from shopwatch.ingest.inbox import InboxStore
from shopwatch.ingest.load import load_new
from shopwatch.core.settings import Settings
import run_context

inbox = run_context.inbox()
store = isinstance(inbox, InboxStore)
if store:
    inbox.fs.makedirs(inbox.root, exist_ok=True)
loaded = {source: one.rows for source, one in load_new(Settings(), inbox).items()}
print("RESULT" + json.dumps({
    "address": inbox.address if store else str(inbox), "kind": type(inbox.fs).__name__ if store else "folder",
    "options": {name: str(value) for name, value in inbox.fs.storage_options.items()} if store else {},
    "loaded": loaded,
}))
"""

NOTICES = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from types import SimpleNamespace
import structlog
from airflow.sdk.execution_time.callback_supervisor import execute_callback
import run_context

run = {"dag_id": "nightly_watch", "dag_run_id": "scheduled__2026-11-15", "logical_date": "2026-11-15T18:30:00Z",
       "run_after": "2026-11-15T18:30:00Z", "conf": {}}
is_done, error = execute_callback(
    "run_context.report_overdue", {"context": {"dag_run": run, "deadline": {}}}, "", None, structlog.get_logger())
assert is_done, error
os.environ["SHOPWATCH_STORE_URL"] = "postgresql+psycopg2://nobody@127.0.0.1:1/none"
run_context.smtp_url = lambda: 1 / 0  # Airflow's API is away as well
task = SimpleNamespace(task_id="judge_rules", log_url="http://airflow/log")
dag_run = SimpleNamespace(logical_date=None, run_after=None)
run_context.report_failure({"task_instance": task, "exception": OSError("the server went away"), "run_id": "r",
                            "dag_run": dag_run, "params": {"business_date": "2026-11-15"}})
task.task_id = "judge_so_far"
for run in ("r1", "r2", "works", "r4", "r5"):
    context = {"task_instance": task, "exception": OSError(run), "run_id": run, "dag_run": dag_run, "params": {}}
    (run_context.note_success if run == "works" else run_context.report_failure_once)(context)
print("RESULT null")
"""

WARM_UP = """
from airflow.sdk import Asset, CronTriggerTimetable, Connection, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowNotFoundException

@dag(schedule=CronTriggerTimetable("@daily", timezone="UTC"), params={"day": Param(None, type=["null", "string"])})
def warm_up():
    @task(outlets=[Asset("warm")])
    def one(): ...
    @task
    def many(x): ...
    one() >> many.expand(x=[1])

warm_up()
"""


def ask_airflow(home: Path, script: str, *args: str, **more: str) -> Any:
    """What a script prints after RESULT, run with this checkout's folders and an empty Airflow home."""
    env = environment(
        home,
        **more,
        AIRFLOW_HOME=str(home / "airflow"),
        AIRFLOW__CORE__DAGS_FOLDER=str(PROJECT / "dags"),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PROJECT / "plugins"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *args], env=env, cwd=home, capture_output=True, text=True, timeout=400
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rpartition("RESULT")[2])


def parse_dags(home: Path) -> dict[str, Any]:
    """A first parse in a new process."""
    warm_up = home / "warm_up.py"
    warm_up.write_text(WARM_UP)
    found: dict[str, Any] = ask_airflow(home, READ_DAGS, str(PROJECT / "dags"), ",".join(DAG_FILES), str(warm_up))
    return found


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parse_dags(tmp_path_factory.mktemp("parse"))


@pytest.fixture(scope="module")
def nightly(bag: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = bag["dags"]["nightly_watch"]
    return found


def test_the_dags_are_exactly_these_and_all_can_be_read(bag: dict[str, Any]) -> None:
    assert bag["errors"] == {}
    assert {name: Path(dag["file"]).name for name, dag in bag["dags"].items()} == dict(
        zip(DAGS, DAG_FILES, strict=True)
    )


@pytest.mark.slow
def test_parsing_a_dag_file_is_quick(tmp_path_factory: pytest.TempPathFactory) -> None:
    parses = [parse_dags(tmp_path_factory.mktemp("parse")) for _ in range(3)]
    medians = {name: statistics.median(parse["seconds"][name] for parse in parses) for name in DAG_FILES}
    assert {name: seconds for name, seconds in medians.items() if seconds > PARSE_SECONDS} == {}


def test_parsing_imports_nothing_heavy_and_no_step_of_the_night(bag: dict[str, Any]) -> None:
    assert HEAVY & set(bag["imported"]) == set()
    assert {"great_expectations", "pandas", "duckdb"} & set(bag["loaded"]) == set()
    assert [name for name in bag["loaded"] if name.partition(".")[0] == "shopwatch"] == []


@pytest.mark.parametrize("name", DAGS)
def test_a_dag_never_runs_beside_itself_and_never_catches_up(name: str, bag: dict[str, Any]) -> None:
    dag = bag["dags"][name]
    assert (dag["max_active_runs"], dag["catchup"]) == (1, False)


@pytest.mark.parametrize("name", DAGS)
def test_a_dag_explains_itself_with_its_files_docstring(name: str, bag: dict[str, Any]) -> None:
    doc = bag["dags"][name]["doc"]
    assert doc.startswith("\n# ")
    assert doc in Path(bag["dags"][name]["file"]).read_text()


@pytest.mark.parametrize(
    ("name", "moments"),
    [  # from Sunday, 15 November 2026, 12:00 UTC on; 05:00, 02:30 and 06:30 in Shanghai
        ("deliver", ["2026-11-15T12:00:00+00:00", "2026-11-15T12:15:00+00:00"]),
        ("housekeeping", ["2026-11-15T21:00:00+00:00", "2026-11-16T21:00:00+00:00"]),
        ("nightly_watch", ["2026-11-15T18:30:00+00:00", "2026-11-16T18:30:00+00:00"]),
        ("sale_day", ["2026-11-15T12:00:00+00:00", "2026-11-15T12:05:00+00:00"]),
        ("weekly_review", ["2026-11-15T22:30:00+00:00", "2026-11-22T22:30:00+00:00"]),
    ],
)
def test_a_dag_is_due_in_shanghais_time(name: str, moments: list[str], bag: dict[str, Any]) -> None:
    assert bag["dags"][name]["next"] == moments


def test_the_nights_steps_follow_each_other(nightly: dict[str, Any]) -> None:
    assert {name: task["upstream"] for name, task in nightly["tasks"].items()} == {
        "load": [],
        "check_quality": ["load"],
        "build_models": ["check_quality"],
        "judge_rules": ["build_models"],
        "send_alerts": ["judge_rules"],
        "publish": ["judge_rules", "send_alerts"],
        "all_notified": ["send_alerts"],
    }


def test_every_step_of_the_night_takes_the_writers_slot(nightly: dict[str, Any]) -> None:
    assert {name: task["pool"] for name, task in nightly["tasks"].items()} == dict.fromkeys(
        nightly["tasks"], "warehouse"
    )


def test_no_original_is_removed_while_a_night_reads_it(bag: dict[str, Any]) -> None:
    assert {name: task["pool"] for name, task in bag["dags"]["housekeeping"]["tasks"].items()} == {
        "keep_house": "warehouse"
    }


def test_a_mail_server_that_is_away_does_not_keep_the_analysts_waiting(nightly: dict[str, Any]) -> None:
    assert nightly["tasks"]["publish"]["trigger_rule"] == "all_done_min_one_success"
    assert nightly["tasks"]["publish"]["outlets"] == ["shopwatch_published_warehouse"]


def test_a_night_that_could_not_notify_a_team_has_failed(nightly: dict[str, Any]) -> None:
    assert nightly["tasks"]["all_notified"]["trigger_rule"] == "all_success"


def test_every_step_is_tried_again_after_growing_pauses_and_ends_in_time(bag: dict[str, Any]) -> None:
    for name, dag in bag["dags"].items():
        for step, task in dag["tasks"].items():
            assert task["retries"] >= 2, (name, step)
            assert task["backs_off"], (name, step)
            assert 0 < task["limit"] < dag["limit"] < 24 * 60, (name, step)


def test_a_night_that_does_not_end_is_reported_long_before_the_next(nightly: dict[str, Any]) -> None:
    assert nightly["deadlines"] == [["DagRunQueuedAtDeadline", 3 * 3600, "run_context.report_overdue"]]


def test_an_overdue_night_and_a_failure_without_any_database_are_reported(tmp_path: Path) -> None:
    ask_airflow(tmp_path, NOTICES, str(PROJECT / "dags"), AIRFLOW__API__BASE_URL="https://airflow.example.com")
    (overdue,) = (tmp_path / "outbox").iterdir()
    mail = email.message_from_bytes(overdue.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "The night has not finished in time (2026-11-15)"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "https://airflow.example.com/dags/nightly_watch/runs/scheduled__2026-11-15" in body.get_content()
    failed = [path.read_text() for path in (tmp_path / "alarms").glob("*.eml")]
    assert len([mail for mail in failed if "judge_rules" in mail]) == 1
    often = [run for run in ("r1", "r2", "r4", "r5") if any(f"OSError: {run}" in mail for mail in failed)]
    assert often == ["r1", "r4"], "a task of every few minutes: once until it has succeeded"


def test_every_failure_is_reported(bag: dict[str, Any]) -> None:
    silent = [
        name for dag in bag["dags"].values() for name, task in dag["tasks"].items() if not task["failure_callback"]
    ]
    assert silent == []


def test_only_a_backfill_is_one(tmp_path: Path) -> None:
    found = ask_airflow(tmp_path, BACKFILL, str(PROJECT / "dags"))
    assert {kind for kind, (is_backfill, _) in found.items() if is_backfill} == {"backfill"}
    assert {night for _, night in found.values()} == {"2026-11-15"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("file://shop_share@{folder}", ("file://{folder}", "LocalFileSystem")),  # by Airflow's connection
        ("{folder}", ("{folder}", "folder")),
        ("file://{folder}", ("{folder}", "folder")),
        ("memory://nobody@bucket/exports", ("memory://bucket/exports", "MemoryFileSystem")),  # no such connection
    ],
)
def test_the_inbox_may_be_an_address_with_an_airflow_connection(
    address: str, opened: tuple[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    (folder / "qinghe").mkdir(parents=True)
    (folder / "qinghe" / "plans.csv").write_bytes(plans_csv([plan(1), plan(2)]))
    found = ask_airflow(
        tmp_path,
        INBOX,
        str(PROJECT / "dags"),
        SHOPWATCH_INBOX=address.format(folder=folder),
        SHOPWATCH_SETTLE_SECONDS="0",
        AIRFLOW_CONN_SHOP_SHARE=json.dumps({"conn_type": "generic"}),
    )
    assert (found["address"], found["kind"]) == tuple(word.format(folder=folder) for word in opened)
    assert found["loaded"] == ({} if address.startswith("memory") else {"wanxiang_plans": 2})


def test_the_library_is_no_plugin_and_hides_nothing_of_python(tmp_path: Path) -> None:
    found = ask_airflow(tmp_path, READ_PLUGINS, str(PROJECT / "plugins"))
    assert found["errors"] == {}
    assert str(PROJECT / "plugins") in found["path"], "Airflow did not take the folder at all"
    assert [Path(file).name for file in found["executed"].values()] == ["shopwatch_ui.py"]
    assert not any("shopwatch" in found[name] for name in ("calendar", "email", "message"))
    assert found["shopwatch"] == str(PROJECT / "plugins" / "shopwatch" / "__init__.py")
