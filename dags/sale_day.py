"""
# Sale day

Every five minutes on the sale days of `include/calendar.yaml` (`sale_days`): loads the exports dropped since, judges
the rules with `so_far` on the day so far (oversold, spend over the cap, revenue against past sale days by the same
hour), and notifies each team of what is new. On all other days a run ends at once. Unpause it before the first sale
day.

It works in a copy of the warehouses, `$SHOPWATCH_HOME/sale_day/<day>`: the night loads the same files again, and judges
the whole day as always. A run that was stopped is simply repeated: nothing is lost, and nothing is notified twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task
from run_context import TIMEZONE, WRITER, delivery_settings, inbox, smtp_url, steps


@dag(
    schedule=CronTriggerTimetable("*/5 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    tags=["shopwatch"],
    dagrun_timeout=timedelta(minutes=30),
    default_args=steps(timedelta(minutes=20)) | {"pool": WRITER},
)
def sale_day() -> None:
    """Judge the sale day so far."""

    @task
    def watch_sale_day() -> dict[str, Any]:
        """Load, judge and notify; returns the shops with a sale day, and the number of breaches notified."""
        from datetime import UTC, datetime

        from shopwatch.catalog.catalog import Catalog
        from shopwatch.ops.sale_day import sale_days_now
        from shopwatch.pipeline import watch_sale_day as watch

        settings = delivery_settings()
        if not sale_days_now(Catalog(settings), datetime.now(UTC)):
            return {"shops": [], "notified": 0}
        result = watch(settings, inbox=inbox(), smtp_url=smtp_url())
        return {"shops": sorted(result.days), "notified": result.notified}

    watch_sale_day()


sale_day()
