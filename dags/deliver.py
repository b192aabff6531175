"""
# Delivery

Sends the due messages of the outbox every 15 minutes. The night writes digests at 02:30; a team with `hours` in
routes.yaml gets its digest when those hours begin, so unpause this DAG if any team has hours.

To test a team's channels, trigger it with the team's name as `sample`: it sends that team a sample digest and returns
each recipient's answer. Use this for chats whose address is stored in an Airflow connection.

It is safe to run at any time and more than once: each message goes out once. An unreachable mail server does not fail
the run: the messages stay in the outbox, the result gives the reason, and the next run tries again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, Param, dag, get_current_context, task
from run_context import TIMEZONE, delivery_settings, smtp_url, steps


@dag(
    schedule=CronTriggerTimetable("*/15 * * * *", timezone=TIMEZONE),
    doc_md=__doc__,
    max_active_runs=1,
    catchup=False,
    params={"sample": Param(None, type=["null", "string"], description="team that gets a sample digest")},
    tags=["shopwatch"],
    dagrun_timeout=timedelta(hours=1),
    default_args=steps(timedelta(minutes=10)),
)
def deliver() -> None:
    """Deliver what is due."""

    @task
    def deliver_due() -> dict[str, Any]:
        """Deliver to every team; returns the counts, or the recipients' answers to a sample."""
        from dataclasses import asdict
        from datetime import date

        from shopwatch.notify.delivery import deliver_due
        from shopwatch.notify.sample import send_sample

        if team := get_current_context()["params"].get("sample"):
            outcomes = send_sample(delivery_settings(), team, date.today() - timedelta(days=1), smtp_url())
            return {address: outcome.reason or outcome.state for address, outcome in outcomes.items()}
        return asdict(deliver_due(delivery_settings(), smtp_url()))

    deliver_due()


deliver()
