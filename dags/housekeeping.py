"""
# Housekeeping

Runs every morning at 05:00 Shanghai time, after the night:

- removes archived and rejected originals older than `SHOPWATCH_KEEP_ORIGINALS_DAYS`, since they hold personal data;
- removes the copies of sale days that are over;
- retries undelivered messages;
- backs up the operational store, the pseudonym key and shops.yaml to `$SHOPWATCH_HOME/backups` and keeps the last
  seven backups. A store on PostgreSQL is backed up by its own server;
- reads every block of the warehouses and the store, and opens each backup. If one is damaged, the task fails at the
  end, and the data team is notified.

It is safe to run at any time and more than once. The log names each removed file; the task returns the counts.
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
    """Remove expired originals, retry messages, back up, verify."""

    @task(pool=WRITER)  # no original is removed while a night may be reading it
    def keep_house() -> dict[str, Any]:
        """Run every chore; returns the counts."""
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
