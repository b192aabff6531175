"""
# Weekly review

Runs on Monday at 06:30 Shanghai time, after the night that closes the week. It writes the review's page and workbook
from the published warehouse and mails every team the week's key figures, with both files attached for teams with
`review: files` in `routes.yaml`. For another week, trigger it with `{"week_start": "2026-11-09"}` (a Monday). Each
week is mailed once.

The week is also on the review pages: [Shopwatch](plugin/shopwatch).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task
from run_context import TIMEZONE, delivery_settings, smtp_url, steps


@dag(
    schedule=CronTriggerTimetable("30 6 * * 1", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    tags=["shopwatch"],
    params={
        "week_start": Param(
            None, type=["null", "string"], format="date", description="a Monday; default: the last closed week"
        )
    },
    dagrun_timeout=timedelta(hours=6),
    default_args=steps(timedelta(minutes=30)),
)
def weekly_review() -> None:
    """Write the closed week as page and workbook, and mail it to every team."""

    @task(multiple_outputs=True)
    def write_page() -> dict[str, Any]:
        """Write one page for all shops, and the workbook for the review meeting."""
        from datetime import date

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import write_weekly_review

        asked = get_current_context()["params"].get("week_start")
        week = date.fromisoformat(asked) if asked else None
        page, *books = write_weekly_review(Settings(), week)
        return {"page": str(page), "workbooks": [str(book) for book in books]}

    @task(retries=3, retry_delay=timedelta(minutes=2))
    def send_review(page: str, workbooks: list[str]) -> list[str]:
        """Mail the week to every team, once; returns the teams."""
        from pathlib import Path

        from shopwatch.pipeline import mail_weekly_review

        return mail_weekly_review(delivery_settings(), Path(page), [Path(book) for book in workbooks], smtp_url())

    written = write_page()
    send_review(written["page"], written["workbooks"])


weekly_review()
