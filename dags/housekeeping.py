"""
# The housekeeping

Every morning at 05:00 Shanghai time, after the night: removes archived and rejected originals that are
over their time (`SHOPWATCH_KEEP_ORIGINALS_DAYS`; they hold personal data), tries mails again that could
not be delivered, and backs up the operational store, the pseudonym key and shops.yaml to `backups/`
under `$SHOPWATCH_HOME` (the last seven are kept; a store on PostgreSQL is that server's to back up).

It reads every block of the warehouses and the store, opens each backup, and fails after all else where one is damaged,
so that the data team is told.

It may run at any time, and again. The log names each file that was removed; the task returns the counts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task
from run_context import TIMEZONE, WRITER, delivery_settings, smtp_url, steps


@dag(
    schedule=CronTriggerTimetable("0 5 * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    tags=["shopwatch"],
    dagrun_timeout=timedelta(hours=12),
    default_args=steps(timedelta(hours=1)),
)
def housekeeping() -> None:
    """Originals over their time out, waiting mail out, a backup in."""

    @task(pool=WRITER)  # no original is removed while a night may be reading it
    def keep_house() -> dict[str, Any]:
        """All of it; returns what was counted."""
        from dataclasses import asdict
        from datetime import date

        from shopwatch.core.errors import StateError
        from shopwatch.ops.housekeeping import keep_house

        kept = keep_house(delivery_settings(), date.today(), smtp_url())
        if kept.damage:
            raise StateError("; ".join(kept.damage))
        return asdict(kept)

    keep_house()


housekeeping()
