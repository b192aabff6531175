"""The night and the week under a real scheduler, started as ``make up`` does and driven over its REST API."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from demo import NIGHTS, write_demo
from lineage_receiver import Receiver, lineage_receiver
from night_tools import PROJECT, ask, environment, mails_of, until
from running_airflow import Airflow, end, free_port, log_in

pytestmark = pytest.mark.slow  # a busy machine lets Airflow's own API time out

NIGHT = NIGHTS[0]
CHOSEN = ("mumian/*商品_全部_2026-11-1*.xls", "*/库存_2026111*.xls", "*/计划报表_20261109_*.csv")
TEAMS = ("运营", "推广", "客服", "仓储", "商品", "Merchandise", "Data")


def project_with_short_deadline(folder: Path) -> Path:
    """The project as it is, but for a night that is overdue after 8 seconds, when it still runs."""
    for path in PROJECT.iterdir():
        if path.name not in ("dags", "scripts", ".git"):
            (folder / path.name).symlink_to(path)
    for name in ("dags", "scripts"):
        shutil.copytree(PROJECT / name, folder / name)
    watch = folder / "dags" / "nightly_watch.py"
    text, times = re.subn(r"(?m)^OVERDUE_AFTER = .*", "OVERDUE_AFTER = timedelta(seconds=8)", watch.read_text("utf-8"))
    assert times == 1
    watch.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with lineage_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def airflow(receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    home = tmp_path_factory.mktemp("home")
    write_demo(home / "inbox", NIGHT, lambda path: any(path.match(pattern) for pattern in CHOSEN))
    port = free_port()
    env = environment(
        home,
        PORT=str(port),
        AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME="0.1",
        AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT=str(free_port()),
        AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT=str(free_port()),
        OPENLINEAGE_URL=receiver.url,
        OPENLINEAGE_NAMESPACE="shops",
    )
    running = Airflow(f"http://localhost:{port}", home, home / "standalone.log")
    with running.log.open("w") as log:
        process = subprocess.Popen(
            ["bash", str(project_with_short_deadline(tmp_path_factory.mktemp("project")) / "scripts" / "up.sh")],
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        log_in(running, process)
        yield running
    finally:
        end(process)


@pytest.fixture(scope="module")
def night(airflow: Airflow) -> dict[str, Any]:
    return airflow.run("nightly_watch", {"business_date": NIGHT.isoformat()})


def test_every_task_of_the_night_succeeds(night: dict[str, Any]) -> None:
    steps = ("load", "check_quality", "build_models", "judge_rules", "send_alerts", "publish", "all_notified")
    assert {name: task["state"] for name, task in night.items()} == dict.fromkeys(steps, "success")
    assert {task["try_number"] for task in night.values()} == {1}


def test_the_night_is_published_for_its_business_date(night: dict[str, Any], airflow: Airflow) -> None:
    published = airflow.home / "published" / "shop.duckdb"
    assert ask(published, "select night from meta.night") == [(NIGHT,)]
    assert ask(published, "select distinct state from ops.loads") == [("settled",)]
    assert ask(published, "select entity from ops.alerts where state = 'firing' order by 1") == [
        ("MM-TEX-010-01",),
        ("MM-TEX-025-01",),
    ]
    assert f"{NIGHT}-Merchandise" in mails_of(airflow.home)


def test_only_one_task_at_a_time_has_the_warehouse(night: dict[str, Any], airflow: Airflow) -> None:
    assert airflow.call("/api/v2/pools/warehouse")["slots"] == 1
    assert {task["pool"] for task in night.values()} == {"warehouse"}
    times = sorted((task["start_date"], task["end_date"]) for task in night.values())
    overlaps = [(one, other) for one, other in pairwise(times) if other[0] < one[1]]
    assert overlaps == []


def test_an_overdue_night_is_reported_while_it_runs(night: dict[str, Any], airflow: Airflow) -> None:
    def reports() -> list[str]:
        return [name for name in mails_of(airflow.home) if name.startswith(f"{NIGHT}-overdue-")]

    until(lambda: bool(reports()), "the mail of the overdue night", pause=0.5)
    assert len(reports()) == 1
    assert reports()[0].endswith("-Data")


def test_the_weekly_review_follows(night: dict[str, Any], airflow: Airflow) -> None:
    week = airflow.run("weekly_review", {"week_start": "2026-11-09"})
    assert {name: task["state"] for name, task in week.items()} == {"write_page": "success", "send_review": "success"}
    written = ["review-2026-W46.html", "review-2026-W46.xlsx"]
    assert sorted(file.name for file in (airflow.home / "reports").iterdir()) == written
    reviews = {name: mail for name, mail in mails_of(airflow.home).items() if name.startswith("review-")}
    assert len(reviews) == len(TEAMS)
    attached = {name: [part.get_filename() for part in mail.iter_attachments()] for name, mail in reviews.items()}
    assert {name: files for name, files in attached.items() if files} == {"review-2026-W46-运营": written}


def test_the_lineage_of_a_published_kpi_reaches_back_to_the_exports(
    night: dict[str, Any], airflow: Airflow, receiver: Receiver
) -> None:
    work = f"duckdb://{airflow.home}/warehouse"
    assert {
        f"file://{airflow.home}/inbox/sycm_products",
        f"{work}/raw.duckdb/raw.raw.product_day",
        f"{work}/shop.duckdb/shop.marts.fct_product_day",
        f"{work}/shop.duckdb/shop.kpi.metric_rows",
    } <= receiver.origins(f"duckdb://{airflow.home}/published/shop.duckdb/shop.kpi.fct_kpi")
    kpis = receiver.job("shopwatch.publish.kpi.fct_kpi")
    assert kpis["run"]["facets"]["parent"]["job"]["name"] == "nightly_watch.publish"
    described = {field["name"]: field["description"] for field in kpis["outputs"][0]["facets"]["schema"]["fields"]}
    assert described["value"]
    assert "select" in receiver.job("shopwatch.marts.fct_product_day")["job"]["facets"]["sql"]["query"]
