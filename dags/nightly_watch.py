"""
# Night watch

Runs every night at 02:30 Shanghai time: **loads** new exports, **checks** them with Great Expectations, **builds** the
models for the days that changed, **judges** the manual's rules, **notifies** each team of its news, and **publishes**
the warehouse for analysts.

A night covers its *business date*, the day before the run. For another night, trigger it with
`{"business_date": "2026-11-15"}`, or with `"latest"` for the newest day that the exports cover. Every step is safe to
run again: the same files, numbers and news have no second effect. A backfill, or a night older than the newest one,
rewrites history and notifies nobody.

| failed task | what to look at |
|---|---|
| `load` | The inbox cannot be listed: check its share, its address or its connection |
| `load` | The raw warehouse or the pseudonym key is lost: the message names the command to run |
| `load` | Anything else is the disk, permissions or a lock; the log names the file. A bad file does not fail the task |
| `check_quality` | The Data Docs in `$SHOPWATCH_HOME/quality` |
| `build_models`, `judge_rules` | The log names the model or the rule file, and the line |
| `send_alerts` | The mail server. Messages wait in the outbox and go out with the next run |

Each task has a time limit and two retries. The data team is notified of a task that fails for good, and of a night that
has not ended after three hours.

Open alerts are on the review pages: [Shopwatch](plugin/shopwatch).
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
    TaskGroup,
    chain,
    dag,
    get_current_context,
    task,
)
from lineage import report_lineage
from run_context import (
    TIMEZONE,
    WRITER,
    delivery_settings,
    inbox,
    is_backfill,
    night_of,
    of_shard,
    report_overdue,
    shards,
    smtp_url,
    steps,
)

OVERDUE_AFTER = timedelta(hours=3)  # 05:30, early enough to fix it before the teams start work
published_warehouse = Asset("shopwatch_published_warehouse")


@dag(
    schedule=CronTriggerTimetable("30 2 * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    tags=["shopwatch"],
    params={"business_date": Param(None, type=["null", "string"], description="a date, or latest; default: yesterday")},
    dagrun_timeout=timedelta(hours=12),  # a task that cannot be stopped must not block the next night
    deadline=DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, OVERDUE_AFTER, SyncCallback(report_overdue)),
    default_args=steps(timedelta(hours=2)) | {"pool": WRITER},
)
# long: one task after the other, each a call
def nightly_watch() -> None:
    """Run a night from the inbox to the published warehouse."""

    @task
    def load(shard: str | None = None) -> dict[str, dict[str, Any]]:
        """Load the inbox's new files into the raw warehouse; returns the counts by export."""
        from dataclasses import asdict

        from shopwatch.catalog.catalog import Catalog
        from shopwatch.core.settings import Settings
        from shopwatch.ingest.inbox import public
        from shopwatch.pipeline import load_exports
        from shopwatch.shards.night import load_shard
        from shopwatch.warehouse.lineage import lineage_of_load

        settings = Settings().for_shard(shard)
        loaded = (load_shard if shard else load_exports)(settings, inbox())
        of_files = [source for source, result in loaded.items() if result.files]
        report_lineage(lambda: lineage_of_load(Catalog(settings), of_files, public(settings.inbox_address)))
        return {source: asdict(result) for source, result in loaded.items()}

    @task
    def check_quality(shard: str | None = None) -> list[dict[str, Any]]:
        """Run the contracts' checks; failed rows go to quarantine."""
        from dataclasses import asdict

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import check_exports

        return [asdict(checked) for checked in check_exports(Settings().for_shard(shard))]

    @task
    def build_models(shard: str | None = None) -> dict[str, Any]:
        """Build the models for the days and weeks that changed."""
        from dataclasses import asdict

        from shopwatch.catalog.catalog import Catalog
        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import build_models as build
        from shopwatch.warehouse.lineage import lineage_of_build

        catalog = Catalog(Settings().for_shard(shard))
        built = build(catalog.settings, catalog)
        report_lineage(lambda: lineage_of_build(catalog, built.written))
        return asdict(built)

    @task
    def judge_rules(shard: str | None = None) -> str:
        """Judge the rules and update the alerts; returns the night. Without shards, write the weekly tables too."""
        from shopwatch.catalog.catalog import Catalog
        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import judge_night
        from shopwatch.shards.night import judge_shard
        from shopwatch.warehouse.lineage import lineage_of_judge

        context, catalog = get_current_context(), Catalog(Settings().for_shard(shard))
        judged = (judge_shard if shard else judge_night)(
            catalog.settings,
            night_of(context, is_known=shard is not None),
            backfill=is_backfill(),
            is_scheduled=context["dag_run"].run_type == "scheduled",
            catalog=catalog,
        )
        report_lineage(lambda: lineage_of_judge(catalog))
        return judged.night.isoformat()

    @task
    def begin() -> None:
        """Check the store before the shards begin, and divide a home that had one."""
        from shopwatch.core.settings import Settings
        from shopwatch.shards.night import begin_night

        begin_night(Settings())

    # Of the shards that were judged, even if others failed.
    @task(trigger_rule="all_done_min_one_success")
    def gather() -> str:
        """Gather what the shards judged, and write the weekly tables; returns the night."""
        from shopwatch.catalog.catalog import Catalog
        from shopwatch.core.settings import Settings
        from shopwatch.shards.night import gather_night
        from shopwatch.warehouse.lineage import lineage_of_gathering

        settings = Settings()
        gathered = gather_night(settings, night_of(get_current_context(), is_known=True), backfill=is_backfill())
        report_lineage(lambda: lineage_of_gathering(Catalog(settings)))
        return gathered.night.isoformat()

    @task(retries=3, retry_delay=timedelta(minutes=2), execution_timeout=timedelta(minutes=30))
    def send_alerts(night: str) -> None:
        """Send each team its digest, and what is still undelivered; a retry sends only the rest."""
        from datetime import date

        from shopwatch.notify.delivery import UndeliveredError
        from shopwatch.pipeline import notify_teams

        if undelivered := notify_teams(delivery_settings(), date.fromisoformat(night), smtp_url()):
            raise UndeliveredError("; ".join(undelivered))

    # Publish even if the mail server is down, but not a night that was not judged.
    @task(
        trigger_rule="all_done_min_one_success",
        outlets=[published_warehouse],
        execution_timeout=timedelta(minutes=30),
    )
    def publish(night: str) -> str:
        """Swap in the new warehouse for analysts."""
        from datetime import date

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import publish_night
        from shopwatch.warehouse.lineage import lineage_of_publication

        settings = Settings()
        published = publish_night(settings, date.fromisoformat(night))
        report_lineage(lambda: lineage_of_publication(settings))
        return str(published)

    if not (names := shards()):
        night = judge_rules()
        load() >> check_quality() >> build_models() >> night
    else:
        begun, night = begin(), gather()
        all_judged = EmptyOperator(task_id="all_judged")  # so that a night without some of the shops fails
        for name in names:
            with TaskGroup(f"shard_{name}"):  # so that no shard is named like a task
                steps_of = [step.override(**of_shard(name))(name) for step in (load, check_quality, build_models)]
                judged = judge_rules.override(**of_shard(name))(name)
                chain(begun, *steps_of, judged)
            judged >> [night, all_judged]
    notified = send_alerts(night)
    notified >> publish(night)
    notified >> EmptyOperator(
        task_id="all_notified"
    )  # so that a night with undelivered mails fails although it published


nightly_watch()
