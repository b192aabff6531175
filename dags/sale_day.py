"""
# Sale day

Every five minutes on the sale days of `include/calendar.yaml` (`sale_days`): loads the exports dropped since, judges
the rules with `so_far` on the day so far (oversold, spend over the cap, revenue against past sale days by the same
hour), and notifies each team of what is new. On all other days a run ends at once. Unpause it before the first sale
day. In a home with several shards each is loaded and judged on its own.

It works in a copy of the warehouses, `$SHOPWATCH_HOME/sale_day`: the night loads the same files again, and judges
the whole day as always. A run that was stopped is simply repeated: nothing is lost, and nothing is notified twice. The
data team is notified of a task that fails for good once, not again every few minutes until it has succeeded.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task
from run_context import (
    TIMEZONE,
    WRITER,
    delivery_settings,
    inbox,
    note_success,
    of_shard,
    report_failure_once,
    shards,
    smtp_url,
    steps,
)

ONCE = {"on_failure_callback": report_failure_once, "on_success_callback": note_success}


@dag(
    schedule=CronTriggerTimetable("*/5 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    tags=["shopwatch"],
    dagrun_timeout=timedelta(minutes=30),
    default_args=steps(timedelta(minutes=20)) | {"pool": WRITER} | ONCE,
)
def sale_day() -> None:
    """Judge the sale day so far."""

    @task.short_circuit
    def find_sale_day() -> bool:
        """Tell whether any shop has a sale day now; the other tasks are skipped if none has."""
        from datetime import UTC, datetime

        from shopwatch.catalog.catalog import Catalog
        from shopwatch.core.settings import Settings
        from shopwatch.ops.sale_day import sale_days_now

        return bool(sale_days_now(Catalog(Settings()), datetime.now(UTC)))

    @task
    def judge_so_far(shard: str | None = None) -> list[str]:
        """Load and judge in the copy; returns the shops with a sale day."""
        from datetime import UTC, datetime

        from shopwatch.core.settings import Settings
        from shopwatch.ops.sale_day import judge_so_far as judge

        return sorted(judge(Settings().for_shard(shard), datetime.now(UTC), inbox()))

    # Of the shards that were judged, even if others failed.
    @task(trigger_rule="all_done_min_one_success")
    def notify() -> dict[str, Any]:
        """Notify the teams of what is new; returns the shops with a sale day, and the number of breaches notified."""
        from shopwatch.pipeline import notify_sale_day

        result = notify_sale_day(delivery_settings(), smtp_url=smtp_url())
        return {"shops": sorted(result.days), "notified": result.notified}

    found = find_sale_day()
    if names := shards():
        judged = [judge_so_far.override(task_id=f"judge_{name}", **of_shard(name))(name) for name in names]
    else:
        judged = [judge_so_far()]
    found >> judged >> notify()


sale_day()
