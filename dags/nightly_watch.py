"""
# The night watch

Every night at 02:30 Shanghai time: new exports are **loaded**, **checked**
by Great Expectations, **modelled** for the days that changed, **judged** by the manual's rules, each
team is **told** what is new, and the warehouse is **published** for the analysts.

The night is about its *business date*, the day before. To look at another night, trigger with
`{"business_date": "2026-11-15"}`, or `"latest"` for the newest day that exports speak of. Every step
may run again: the same files, numbers and news have no second effect. A backfill, or a night older
than the newest, rewrites history and mails nobody.

| if this fails | look at |
|---|---|
| `load` | the inbox cannot be listed: its share, its address or its connection |
| `load` | the raw warehouse or the pseudonym key is lost: the message names the command |
| `load` | its log names the file; a bad file is no failure, so: disk, rights or a lock |
| `check_quality` | the Data Docs in `quality/` under `$SHOPWATCH_HOME` |
| `build_models`, `judge_rules` | the log names the model or the rule file, and the line |
| `send_alerts` | the mail server; mails wait in the outbox and go out with the next run |

A step that takes too long fails, any that fails is tried twice more, and a night that has not ended after three hours
is told to those who look after the data.

The review pages show what there is to do: [Shopwatch](plugin/shopwatch).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import (
    Asset,
    CronTriggerTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    SyncCallback,
    dag,
    get_current_context,
    task,
)
from run_context import (
    TIMEZONE,
    WRITER,
    delivery_settings,
    inbox,
    is_backfill,
    night_of,
    report_overdue,
    smtp_url,
    steps,
)

OVERDUE_AFTER = timedelta(hours=3)  # 05:30: time enough to mend it before the teams begin
published_warehouse = Asset("shopwatch_published_warehouse")


@dag(
    schedule=CronTriggerTimetable("30 2 * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    tags=["shopwatch"],
    params={"business_date": Param(None, type=["null", "string"], description="a date, or latest; default: yesterday")},
    dagrun_timeout=timedelta(hours=12),  # a step that cannot be ended must not keep the next night
    deadline=DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, OVERDUE_AFTER, SyncCallback(report_overdue)),
    default_args=steps(timedelta(hours=2)) | {"pool": WRITER},
)
def nightly_watch() -> None:
    """Exports in; news, weekly tables and a published warehouse out."""

    @task
    def load() -> dict[str, dict[str, Any]]:
        """New files of the inbox into the raw warehouse, small ones in batches; returns the counts by export."""
        from dataclasses import asdict

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import load_exports

        return {source: asdict(loaded) for source, loaded in load_exports(Settings(), inbox()).items()}

    @task
    def check_quality() -> list[dict[str, Any]]:
        """The contracts' checks; what fails goes to quarantine."""
        from dataclasses import asdict

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import check_exports

        return [asdict(checked) for checked in check_exports(Settings())]

    @task
    def build_models() -> dict[str, Any]:
        """The days and weeks that changed, layer by layer."""
        from dataclasses import asdict

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import build_models as build

        return asdict(build(Settings()))

    @task
    def judge_rules() -> str:
        """All rules over all closed periods, the alerts' lives, the weekly tables; returns the night."""
        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import judge_night

        context = get_current_context()
        judged = judge_night(
            Settings(),
            night_of(context),
            backfill=is_backfill(),
            is_scheduled=context["dag_run"].run_type == "scheduled",
        )
        return judged.night.isoformat()

    @task(retries=3, retry_delay=timedelta(minutes=2), execution_timeout=timedelta(minutes=30))
    def send_alerts(night: str) -> None:
        """One digest per team with news, and what could not be delivered earlier; a retry sends only what waits."""
        from datetime import date

        from shopwatch.notify.delivery import UndeliveredError
        from shopwatch.pipeline import notify_teams

        if undelivered := notify_teams(delivery_settings(), date.fromisoformat(night), smtp_url()):
            raise UndeliveredError("; ".join(undelivered))

    # A mail server that is away must not keep the analysts waiting; a night that was not judged must.
    @task(
        trigger_rule="all_done_min_one_success",
        outlets=[published_warehouse],
        execution_timeout=timedelta(minutes=30),
    )
    def publish(night: str) -> str:
        """Swap the night's warehouse in for the analysts."""
        from datetime import date

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import publish_night

        return str(publish_night(Settings(), date.fromisoformat(night)))

    night = judge_rules()
    load() >> check_quality() >> build_models() >> night
    notified = send_alerts(night)
    notified >> publish(night)
    notified >> EmptyOperator(task_id="all_told")  # publishing goes well without mails; the night does not


nightly_watch()
