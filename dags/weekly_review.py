"""
# The weekly review

Monday at 06:30 Shanghai time, when the night has closed the week: writes the review's page and workbook from
the published warehouse and mails the week's key figures to every team, with both files attached for those with
`review: files` in `routes.yaml`. Trigger it with `{"week_start": "2026-11-09"}` (a
Monday) for another week; a week is mailed once.

The review pages show the week: [Shopwatch](plugin/shopwatch).
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
    params={"week_start": Param(None, type=["null", "string"], format="date", description="default: the last closed")},
    dagrun_timeout=timedelta(hours=6),
    default_args=steps(timedelta(minutes=30)),
)
def weekly_review() -> None:
    """The closed week as a page and a workbook, to every team."""

    @task(multiple_outputs=True)
    def write_page() -> dict[str, Any]:
        """One page with all shops' week, and the workbook that a meeting fills in."""
        from datetime import date

        from shopwatch.core.settings import Settings
        from shopwatch.pipeline import write_weekly_review

        asked = get_current_context()["params"].get("week_start")
        week = date.fromisoformat(asked) if asked else None
        page, *books = write_weekly_review(Settings(), week)
        return {"page": str(page), "workbooks": [str(book) for book in books]}

    @task(retries=3, retry_delay=timedelta(minutes=2))
    def send_review(page: str, workbooks: list[str]) -> list[str]:
        """The week to every team, its files to one, once a week."""
        from pathlib import Path

        from shopwatch.notify.delivery import deliver_waiting
        from shopwatch.review.weekly_posting import post_review

        settings = delivery_settings()
        teams = post_review(settings, Path(page), [Path(book) for book in workbooks])
        for team in teams:
            deliver_waiting(settings, team, smtp_url())
        return teams

    written = write_page()
    send_review(written["page"], written["workbooks"])


weekly_review()
